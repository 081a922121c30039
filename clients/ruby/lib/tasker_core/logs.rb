# frozen_string_literal: true

require "json"
require "logger"
require "time"

# What the library writes about its work.
module TaskerCore
  class << self
    # Any logger with the methods of Ruby's Logger; by default, one that writes warnings and errors to standard error.
    attr_writer :logger

    def logger
      @logger ||= Logger.new($stderr, level: Logger::WARN, progname: "tasker_core")
    end
  end

  # Structured logs.
  module Logs
    # What is logged: a sentence, and +fields+: ids, names, attempt, outcome, seconds. Loggers write it as one line of text.
    Record = Struct.new(:text, :fields, :error) do
      def to_s
        failure = ": #{error.class}: #{error.message}" if error
        ["#{text}#{failure}", *fields.map { |name, value| "#{name}=#{value}" }].join(" ")
      end
      alias_method :inspect, :to_s
    end

    # Writes each record as a line of JSON: <tt>logger.formatter = TaskerCore::Logs::JsonFormatter.new</tt>.
    class JsonFormatter
      def call(severity, time, program, message)
        line = { at: time.utc.iso8601(6), level: severity, logger: program }
        if message.is_a?(Record)
          line.update(message: message.text, **message.fields)
          line[:exception] = message.error.full_message(highlight: false) if message.error
        else
          line[:message] = message.to_s
        end
        "#{JSON.generate(line.transform_values { |value| value.is_a?(String) ? Documents.storable(value) : value })}\n"
      end
    end

    module_function

    def write(level, text, fields = {}, error: nil)
      TaskerCore.logger.public_send(level, Record.new(text, fields, error))
    end
  end
end
