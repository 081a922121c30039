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
  end
end
