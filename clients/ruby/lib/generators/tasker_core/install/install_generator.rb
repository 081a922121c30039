# frozen_string_literal: true

require "rails/generators"
require "rails/generators/active_record/migration"

module TaskerCore
  module Generators
    # bin/rails generate tasker_core:install
    class InstallGenerator < ::Rails::Generators::Base
      include ActiveRecord::Generators::Migration

      source_root File.join(__dir__, "templates")

      desc <<~TEXT
        Writes a migration that makes the tables of the Tasker engine an installation of tasker_core, an initializer and a file for tests.
        Run it again with --replace-functions when you want the wrappers; what is there stays.
        docs/adopting-in-rails.md leads through each step.
      TEXT

      class_option :schema, type: :string, banner: "NAME",
                            desc: "For applications without the engine: a schema of its own for the tables"
      class_option :replace_functions, type: :boolean, default: false,
                                       desc: "Also a migration that replaces the functions of the engine by faster ones"

      def check_options
        return unless schema

        refuse("#{schema.inspect} is no name of a schema: use small letters, digits and _") unless schema.match?(/\A[a-z_][a-z0-9_]*\z/)
        refuse("--replace-functions is for the engine, whose tables have no schema of their own") if options[:replace_functions]
      end

      def migrations
        migration_template "install_tasker_core.rb.tt", File.join(db_migrate_path, "install_tasker_core.rb"), skip: true
        return unless options[:replace_functions]

        migration_template "replace_tasker_functions.rb.tt", File.join(db_migrate_path, "replace_tasker_functions.rb")
      end

      def initializer_file
        template "initializer.rb.tt", "config/initializers/tasker_core.rb", skip: true
      end

      # Without it, Rails dumps the tables of the schema too, or leaves the extension out.
      def structure_sql
        return unless schema

        environment "config.active_record.schema_format = :sql\nconfig.active_record.dump_schemas = :all"
      end

      def test_file
        template "test_helper.rb.tt", File.join(test_folder, "tasker_core_helper.rb"), skip: true
      end

      def next_steps
        return unless behavior == :invoke

        say <<~TEXT

          Next:
            1. Read the migration, then run: bin/rails db:migrate
            2. Look for problems: bin/rails runner 'puts ActiveRecord::Base.connection.select_all("SELECT * FROM tasker_doctor(#{sql_arguments})").to_a'
            3. Require the file for tests at the end of your test helper.
          docs/adopting-in-rails.md leads through all of it, and back.
        TEXT
      end

      private

      def refuse(message)
        raise Thor::Error, message
      end

      def schema
        options[:schema]
      end

      # The arguments of tasker_install() and of the functions beside it.
      def sql_arguments(*more)
        [schema && "'#{schema}'", *(more if schema)].compact.join(", ")
      end

      def migration_version
        "[#{ActiveRecord::Migration.current_version}]"
      end

      def test_folder
        File.directory?(File.join(destination_root, "spec")) ? "spec" : "test"
      end
    end
  end
end
