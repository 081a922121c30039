# frozen_string_literal: true

require "active_record"

module TaskerCore
  # Rails empties all tables before parallel tests, and in db:truncate_all. PostgreSQL refuses that for the side tables of
  # tasker_core, since a trigger empties them already while the engine's tables are emptied. So they are left out.
  module Truncation
    SIDE_TABLE = /\A"?(?:\w+"?\."?)?tasker_core_\w+"?\z/
    private_constant :SIDE_TABLE

    # As that of ActiveRecord, or of DatabaseCleaner, which passes one list.
    def truncate_tables(*names)
      return super(names.first.grep_v(SIDE_TABLE)) if names.first.is_a?(Array)

      super(*names.grep_v(SIDE_TABLE))
    end
  end
end

ActiveSupport.on_load(:active_record) do
  require "active_record/connection_adapters/postgresql_adapter"
  ActiveRecord::ConnectionAdapters::PostgreSQLAdapter.prepend(TaskerCore::Truncation)
end
