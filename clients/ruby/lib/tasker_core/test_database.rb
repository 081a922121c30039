# frozen_string_literal: true

require "active_record"
require "tasker_core"
require "tasker_core/truncation"

module TaskerCore
  # The installation in a test database of Rails, which Rails creates, loads and empties. In test_helper.rb or rails_helper.rb:
  #
  #   TaskerCore::TestDatabase.prepare
  #
  # Then each test finds a sound installation: also in the databases of parallel tests, and after fixtures, for which Rails
  # disables triggers if its role is a superuser.
  module TestDatabase
    # What to do after Rails has loaded fixtures.
    module Fixtures
      def create_fixtures(...)
        super.tap { TestDatabase.repair }
      end
    end

    DISABLED = <<~SQL
      SELECT 1 FROM pg_catalog.pg_trigger AS t
      WHERE t.tgname LIKE 'tasker\\_core\\_%' AND t.tgenabled <> 'A' AND NOT t.tgisinternal LIMIT 1
    SQL
    private_constant :DISABLED

    class << self
      # +schema+: that of the installation; NULL if it is that of the engine's tables. +replace_functions+: also replaces the
      # engine's functions. +model+: the class whose connection is used.
      def prepare(schema: nil, replace_functions: false, model: ActiveRecord::Base)
        @schema = schema
        @replace_functions = replace_functions
        @model = model
        install
        hook_in unless @hooked
        @hooked = true
      end

      # Installs. If nothing is wrong, this changes nothing.
      def install
        create_extension
        connection.transaction do
          connection.execute("SET LOCAL statement_timeout = 0")
          connection.execute("SELECT FROM tasker_install(#{"#{quoted_schema}, create_schema => true" if @schema})")
          connection.execute("SELECT FROM tasker_replace_rails_functions(#{quoted_schema})") if @replace_functions
        end
      end

      # Installs again if a trigger is not enabled always.
      def repair
        install if connection.select_value(DISABLED)
      end

      # For DatabaseCleaner: <tt>DatabaseCleaner.strategy = :truncation, { except: TaskerCore::TestDatabase.side_tables }</tt>
      def side_tables(model: ActiveRecord::Base)
        model.connection.select_values(<<~SQL)
          SELECT DISTINCT tablename FROM pg_catalog.pg_tables WHERE tablename LIKE 'tasker\\_core\\_%' ORDER BY tablename
        SQL
      end

      private

      def connection
        @model.connection
      end

      def quoted_schema
        connection.quote(@schema) if @schema
      end

      # A database that is copied from template1 has it, if a superuser has created it there.
      def create_extension
        return if connection.select_value("SELECT 1 FROM pg_catalog.pg_extension WHERE extname = 'tasker_core'")

        connection.execute("CREATE EXTENSION tasker_core")
      rescue ActiveRecord::StatementInvalid => e
        raise unless e.cause.is_a?(PG::InsufficientPrivilege)

        raise Error, "the test database has no extension tasker_core: as a superuser, run \"CREATE EXTENSION tasker_core\" in the " \
                     "database template1, then create the test databases again"
      end

      def hook_in
        require "active_record/fixtures"
        ActiveRecord::FixtureSet.singleton_class.prepend(Fixtures)
        return unless defined?(ActiveSupport::TestCase) && ActiveSupport::TestCase.respond_to?(:parallelize_setup)

        ActiveSupport::TestCase.parallelize_setup { |_worker| install }
      end
    end
  end
end
