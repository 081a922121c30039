# frozen_string_literal: true

ENV["RAILS_ENV"] = "test"
require_relative "../config/environment"
require "rails/test_help"
require "tasker_core/models"
TaskerCore::Models.define

module ActiveSupport
  class TestCase
    parallelize(workers: 2, **(Rails::VERSION::MAJOR > 6 ? { threshold: 1 } : {}))
    fixtures :all

    # Says which databases there are. A process that is slow to begin gets a test all the same.
    def note_database
      notes = ENV.fetch("SHOP_NOTES")
      File.write(File.join(notes, ActiveRecord::Base.connection.current_database), "")
      Timeout.timeout(60) { sleep 0.01 until Dir.children(notes).size > 1 }
    end
  end
end
