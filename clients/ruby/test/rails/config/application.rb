# frozen_string_literal: true

# A small application of Rails, which test_rails.rb copies into a folder of its own.
$LOAD_PATH.unshift(ENV.fetch("TASKER_CORE_LIB"))
require "rails"
require "active_record/railtie"
require "rails/test_unit/railtie"

module Shop
  class Application < Rails::Application
    config.load_defaults "#{Rails::VERSION::MAJOR}.#{Rails::VERSION::MINOR}"
    config.eager_load = false
    # The engine requires it.
    config.active_record.schema_format = :sql
    # To verify them, Rails 7 disables triggers of the system, for which a role must be a superuser.
    config.active_record.verify_foreign_keys_for_fixtures = false if Rails::VERSION::MAJOR > 6
  end
end
