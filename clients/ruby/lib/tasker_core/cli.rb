# frozen_string_literal: true

require "optparse"
require "tasker_core"

module TaskerCore
  # <tt>tasker_core work FILE</tt>: runs a worker.
  class Cli
    # Reads the arguments and works until SIGTERM or SIGINT. Returns the status of the process.
    def self.start(arguments)
      new.start(arguments.dup)
    end

    def initialize
      @database = {}
      @worker = {}
      @filters = {}
      @log = "text"
      @conninfo = ""
      @constant = "HANDLERS"
    end

    def start(arguments)
      parser.parse!(arguments)
      command, file, *rest = arguments
      return usage unless command == "work" && file && rest.empty?

      TaskerCore.logger = logger
      handlers = load(file)
      filters = Filters.new(step_names: handlers.step_names, **@filters)
      Worker.new(Database.new(@conninfo, **@database), handlers, filters: filters, **@worker).run
      0
    rescue Error => e
      warn e.message
      1
    rescue OptionParser::ParseError => e
      warn e.message
      usage
    end

    private

    def load(file)
      raise Error, "there is no file #{file}" unless File.file?(file)

      require File.expand_path(file)
      handlers = Object.const_defined?(@constant) ? Object.const_get(@constant) : nil
      return handlers if handlers.is_a?(Handlers)

      raise Error, "#{file} defines no #{@constant} of the class TaskerCore::Handlers"
    end

    def usage
      warn parser.help
      2
    end

    def logger
      made = Logger.new($stderr, level: Logger::INFO, progname: "tasker_core")
      made.formatter = Logs::JsonFormatter.new if @log == "json"
      made
    end

    def parser
      OptionParser.new do |options|
        options.banner = "Usage: tasker_core work FILE [options]"
        options.on("--handlers NAME", "the constant in FILE with the handlers; HANDLERS by default") { |name| @constant = name }
        options.on("--database CONNINFO", "a connection string; the variables PGHOST, … count too") { |text| @conninfo = text }
        options.on("--schema NAME", "the schema of the installation; by default, the search path decides") do |name|
          @database[:schema] = name
        end
        options.on("--name NAME", "the name of the worker") { |name| @worker[:name] = name }
        options.on("--concurrency N", Integer, "how many handlers run at once") { |n| @worker[:concurrency] = n }
        options.on("--batch-size N", Integer, "how many steps to claim and complete in one call") do |n|
          @worker[:batch_size] = n
        end
        options.on("--lease SECONDS", Float, "how long a worker may be silent before others may have a step") do |seconds|
          @worker[:lease] = seconds
        end
        options.on("--wait SECONDS", Float, "for how many seconds a claim waits for work") { |seconds| @worker[:wait] = seconds }
        options.on("--namespace NAME", "claim only in this namespace; may be repeated") do |name|
          (@filters[:namespaces] ||= []) << name
        end
        options.on("--log FORMAT", %w[text json], "how to write the log: text or json") { |format| @log = format }
      end
    end
  end
end
