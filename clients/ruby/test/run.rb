# frozen_string_literal: true

# ruby test/run.rb [NAME…]: runs the tests whose names contain one of these, with a line "ok …" or "skipped …" for each.

$LOAD_PATH.unshift(File.expand_path("../lib", __dir__), __dir__)
require "minitest"

# Says what tests/run.sh counts; failures are written to standard error.
class Lines < Minitest::AbstractReporter
  LABEL = ENV["RAILS"] ? "ruby, Rails #{ENV['RAILS']}," : "ruby"

  def record(result)
    name = "#{LABEL} #{result.class_name}.#{result.name}"
    if result.skipped?
      puts "skipped #{name}: #{result.failure.message}"
    elsif result.passed?
      puts "ok #{name}"
    else
      @failed = true
      warn "not ok #{name}"
      result.failures.each { |failure| warn failure.message, failure.backtrace&.first(12) }
    end
    $stdout.flush
  end

  def passed?
    !@failed
  end
end

module Minitest
  def self.plugin_lines_init(_options)
    reporter.reporters.replace([Lines.new])
  end
end
Minitest.extensions << "lines"

Dir[File.join(__dir__, "test_*.rb")].each { |file| require file }
names = ARGV.map { |name| Regexp.escape(name) }.join("|")
names = names.gsub("\\.", "#")
exit Minitest.run(names.empty? ? [] : ["-n", "/#{names}/"])
