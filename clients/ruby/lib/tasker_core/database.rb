# frozen_string_literal: true

require "io/wait"

module TaskerCore
  # A database with an installation of tasker_core, and the connections to it.
  #
  # +conninfo+ is a connection string or URI of libpq, a hash with its parts, or a proc that returns a new PG::Connection.
  # +schema+ names the installation; without it, the search path of the role decides. +reconnect_for+ is for how many seconds a
  # call that can be repeated tries again after its connection broke.
  #
  # Threads may share a Database: each call takes a connection of its own, and gives it back. Each call is one transaction, and
  # depends on nothing that an earlier call left in the session. So PgBouncer in transaction mode works. After a fork, the
  # child opens connections of its own.
  #
  # The calls raise subclasses of DatabaseError.
  class Database
    attr_reader :schema
    attr_accessor :reconnect_for

    # Settings of PostgreSQL that hold during each call, for example of a test's clock.
    attr_reader :settings

    # What is read from the server must be read alike everywhere.
    OUTPUT = { "DateStyle" => "ISO", "IntervalStyle" => "postgres" }.freeze
    private_constant :OUTPUT

    # A server that has gone is noticed after a minute. Seconds, and a number of messages.
    KEEPALIVES = { keepalives_idle: 30, keepalives_interval: 10, keepalives_count: 3 }.freeze
    private_constant :KEEPALIVES

    def initialize(conninfo = "", schema: nil, application_name: "tasker_core", reconnect_for: 300)
      @conninfo = conninfo
      @schema = schema
      @application_name = application_name
      @reconnect_for = reconnect_for
      @settings = {}
      @lock = Mutex.new
      @idle = []
      @process = Process.pid
      @closed = false
    end

    # A Database whose calls use the connection pool of ActiveRecord. A call in a transaction of the thread is part of it.
    # Needs <tt>require "tasker_core/active_record"</tt>.
    def self.active_record(...)
      require_relative "active_record"
      ActiveRecordDatabase.new(...)
    end

    # Yields a PG::Connection that no other thread uses meanwhile. Raises ConnectionLost.
    def connection
      taken = take
      yield taken
    ensure
      give_back(taken) if taken
    end

    # Closes all connections. Later calls raise ConnectionLost.
    def close
      @lock.synchronize { @closed = true }
      forget_idle
    end

    def closed?
      @closed
    end

    # Runs one statement and returns its rows, as hashes with symbols; +jsonb+ columns are texts. +settings+ hold during the
    # statement, as those of the Database do. With +repeat+, the statement is repeated after its connection broke, or after a
    # failure that passes, such as a deadlock: for +reconnect_for+ seconds or until the block returns true.
    def execute(statement, on: nil, repeat: false, settings: {}, &give_up)
      return run(on, statement, settings) if on

      repeating(repeat, give_up) { connection { |taken| run(taken, statement, settings) } }
    end

    # Calls a function of the extension and returns its rows. Arguments whose value is nil are left out, if they have a name.
    # +on+: runs in the transaction of this connection, whose settings are afterwards as before. +repeat+ and the block are
    # those of execute.
    def call(function, *arguments, on: nil, repeat: false, **named, &give_up)
      execute(statement(function, arguments, named, on: on), on: on, repeat: repeat, &give_up)
    end

    # The first column of the first row of #call.
    def value(function, *arguments, **named)
      call(function, *arguments, **named).first.values.first
    end

    # The call of a function of the extension.
    def statement(function, arguments, named, on: nil)
      places = arguments.map { |value| Sql.literal(value) }
      named.each { |name, value| places << "#{Sql.identifier(name.to_s)} => #{Sql.literal(value)}" unless value.nil? }
      name = "#{Sql.identifier(extension_schema(on))}.#{Sql.identifier(function)}"
      "SELECT called.*, pg_catalog.clock_timestamp() AS server_time FROM #{name}(#{places.join(', ')}) AS called"
    end

    # The schema of the extension. Raises Refused if the database has none.
    def extension_schema(connection = nil)
      @extension_schema ||= begin
        rows = execute(<<~SQL, on: connection, repeat: connection.nil?)
          SELECT nspname FROM pg_catalog.pg_extension
          JOIN pg_catalog.pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'tasker_core'
        SQL
        hint = "Run CREATE EXTENSION tasker_core."
        raise Refused.new("the database has no extension tasker_core", hint: hint) if rows.empty?

        rows.first[:nspname]
      end
    end

    # Yields a connection with a transaction: that of the thread, if ActiveRecord has opened one.
    def transaction
      connection do |taken|
        next yield(taken) unless taken.transaction_status == PG::PQTRANS_IDLE

        taken.transaction { yield taken }
      end
    rescue PG::Error => e
      raise DatabaseError.from(e)
    end

    private

    def take
      taken = @lock.synchronize do
        raise ConnectionLost, "the Database is closed" if @closed

        leave_to_parent if @process != Process.pid
        @idle.pop
      end
      return taken if taken && alive?(taken)

      forget(taken) if taken
      connect
    end

    # If the server has something to say although nothing was asked, it has mostly ended the session. A new connection costs less
    # than a call that is lost.
    def alive?(idle)
      !idle.finished? && !idle.socket_io.wait_readable(0)
    rescue PG::Error, IOError
      false
    end

    def forget(broken)
      broken.close unless broken.finished?
      forget_idle
    end

    def connect
      return @conninfo.call if @conninfo.respond_to?(:call)

      connection = PG.connect(**KEEPALIVES, **options, client_encoding: "UTF8", fallback_application_name: @application_name)
      # For example that a filter names what does not exist.
      connection.set_notice_processor { |notice| Logs.write(:info, notice.strip) }
      connection
    rescue PG::Error => e
      raise DatabaseError.from(e)
    end

    # The parts of a connection string or an URI.
    def options
      return @conninfo if @conninfo.is_a?(Hash)

      parts = PG::Connection.conninfo_parse(@conninfo)
      parts.filter_map { |part| [part[:keyword].to_sym, part[:val]] if part[:val] }.to_h
    end

    def give_back(taken)
      idle = !taken.finished? && taken.transaction_status == PG::PQTRANS_IDLE
      keep = idle && @lock.synchronize { !@closed && @process == Process.pid && @idle.push(taken) }
      taken.close unless keep || taken.finished?
    end

    # The server would end the parent's sessions if the child closed them.
    def leave_to_parent
      @process = Process.pid
      @idle.each { |inherited| inherited.socket_io.reopen(IO::NULL) }
      @idle.clear
    end

    # Closes the idle connections: a server that ended one has mostly ended all.
    def forget_idle
      idle = @lock.synchronize { @idle.slice!(0..) }
      idle.each { |one| one.close unless one.finished? }
    end

    def can_repeat?
      !@closed
    end

    def repeating(repeat, give_up)
      until_time = now + @reconnect_for
      pause = 0.05
      begin
        yield
      rescue DatabaseError => e
        forget_idle if e.is_a?(ConnectionLost)
        raise if !repeat || !(e.is_a?(ConnectionLost) || e.passes?) || !can_repeat? || now >= until_time || give_up&.call

        Logs.write(:warn, "a call is repeated: #{e.primary}")
        sleep(pause * rand(0.5..1.0))
        pause = [pause * 2, 5].min
        retry
      end
    end

    # Sends the settings and the statement as one message, which is one transaction if there is none yet.
    def run(connection, statement, more_settings = {})
      settings = @settings.merge(more_settings)
      inside = connection.transaction_status != PG::PQTRANS_IDLE
      before = inside ? current_settings(connection, [*OUTPUT.keys, *settings.keys]) : nil
      result = connection.async_exec("SELECT #{assignments(settings)}; #{statement}")
      result.map_types!(Sql::TYPES)
      result.field_names_as(:symbol)
      rows = result.to_a
      connection.async_exec("SELECT #{before.map { |name, value| set(name, value) }.join(', ')}") if inside
      rows
    rescue PG::Error => e
      raise DatabaseError.from(e), cause: e
    end

    def set(name, value)
      "pg_catalog.set_config(#{Sql.quote(name)}, #{Sql.quote(value.to_s)}, true)"
    end

    def assignments(settings)
      @output ||= OUTPUT.map { |name, value| set(name, value) }.join(", ")
      @path ||= @schema ? ", #{set_path}" : ""
      settings.empty? ? "#{@output}#{@path}" : "#{[@output, *settings.map { |name, value| set(name, value) }].join(', ')}#{@path}"
    end

    def set_path
      path = Sql.quote("#{Sql.identifier(@schema)}, ")
      "pg_catalog.set_config('search_path', #{path} || pg_catalog.current_setting('search_path'), true)"
    end

    def current_settings(connection, names)
      names = [*names, *("search_path" if @schema)]
      list = names.map { |name| "pg_catalog.current_setting(#{Sql.quote(name)}, true)" }
      names.zip(connection.async_exec("SELECT #{list.join(', ')}").values.first)
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
