# frozen_string_literal: true

require_relative "lib/tasker_core/version"

Gem::Specification.new do |spec|
  spec.name = "tasker_core"
  spec.version = TaskerCore::VERSION
  spec.summary = "Step handlers, workers and an API for tasker_core, the workflow engine inside PostgreSQL"
  spec.authors = ["The authors of tasker_core"]
  spec.license = "MIT"
  spec.required_ruby_version = ">= 3.1"
  patterns = %w[lib/**/*.rb lib/generators/**/*.tt exe/* sig/*.rbs README.md LICENSE]
  spec.files = Dir[*patterns, base: __dir__]
  spec.bindir = "exe"
  spec.executables = ["tasker_core"]
  spec.add_runtime_dependency "pg", "~> 1.4"
  spec.metadata = { "rubygems_mfa_required" => "true" }
end
