# frozen_string_literal: true

# A table of the application itself.
class Cart < ActiveRecord::Base
end
