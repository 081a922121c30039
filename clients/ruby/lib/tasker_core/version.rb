# frozen_string_literal: true

module TaskerCore
  # The version of the extension, as RubyGems writes it.
  VERSION = "0.2.0.dev0"
end
