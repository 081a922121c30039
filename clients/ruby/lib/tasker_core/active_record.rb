# frozen_string_literal: true

require "active_record"

module TaskerCore
  # A Database whose calls use the connection pool of ActiveRecord. If the thread has a connection, for example because a
  # transaction is open, the calls use it: so a task is created together with your own rows, or not at all.
  #
  # A worker uses a connection for its claims, one for heartbeats and one for each thread: set +pool+ to at least two more than
  # its +concurrency+, and more if handlers use ActiveRecord in threads of their own.
  class ActiveRecordDatabase < Database
    # +model+: the class whose pool is used.
    def initialize(model: ActiveRecord::Base, **options)
      super(-> { raise ConnectionLost, "the pool of ActiveRecord gives connections" }, **options)
      @model = model
    end

    def connection(&block)
      raise ConnectionLost, "the Database is closed" if closed?

      pool = @model.connection_pool
      return yield own.raw_connection if own

      with_own(pool, &block)
    rescue ActiveRecord::ConnectionNotEstablished => e
      raise ConnectionLost, e.message
    end

    private

    # The connection of this thread. Model.connection would keep one for good that Rails lends for a block.
    def own
      pool = @model.connection_pool
      pool.active_connection? && (pool.respond_to?(:active_connection) ? pool.active_connection : @model.connection)
    end

    # A transaction that has broken is not begun again.
    def can_repeat?
      super && !own&.transaction_open?
    end

    # ActiveRecord itself replaces the connections in the pool; a connection that the thread has is made again.
    def forget_idle
      return unless can_repeat? && own

      own.reconnect! unless own.active?
    rescue ActiveRecord::ActiveRecordError, PG::Error => e
      Logs.write(:warn, "ActiveRecord could not connect again: #{e.message}")
    end

    def with_own(pool)
      adapter = pool.checkout
      # A test in a transaction has one connection for all, also where no thread holds it (since Rails 7.2).
      is_shared = pool.instance_variable_get(:@pinned_connection).equal?(adapter)
      raw = adapter.raw_connection
      is_shared ? adapter.lock.synchronize { yield raw } : yield(raw)
    ensure
      if raw && !raw.finished? && (is_shared || raw.transaction_status == PG::PQTRANS_IDLE)
        pool.checkin(adapter)
      elsif adapter
        adapter.throw_away!
      end
    end
  end
end
