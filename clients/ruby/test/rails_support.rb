# frozen_string_literal: true

require "fileutils"
require "rbconfig"
require "tmpdir"
require "engine_tables"

# A test with an application of Rails in a folder of its own, which uses a database with the tables of the engine.
class ApplicationTest < Minitest::Test
  include Support

  SKELETON = File.join(Support::FOLDER, "test/rails")
  GUIDE = File.read(File.join(Support::REPOSITORY, "docs/adopting-in-rails.md"), encoding: "UTF-8")
  LIBRARY = File.join(Support::FOLDER, "lib")

  attr_reader :folder, :database

  def setup
    skip "Rails is not installed" unless ApplicationTest.rails?
    @folder = Dir.mktmpdir
    FileUtils.cp_r("#{SKELETON}/.", folder)
    @database = EngineTables.database("rails_#{name.delete_prefix('test_')}")
    @role = "rails"
    @notes = File.join(folder, "notes")
    @cleanups = []
    # Rails starts bin/rails by itself, too.
    FileUtils.mkdir(File.join(folder, "ruby"))
    File.symlink(RbConfig.ruby, File.join(folder, "ruby", "ruby"))
    FileUtils.mkdir(@notes)
  end

  def teardown
    @cleanups&.reverse_each(&:call)
    FileUtils.rm_rf(folder) if folder
    return unless database

    superuser("SELECT datname FROM pg_database WHERE starts_with(datname, $1)", [database]).flatten.each do |name|
      EngineTables.psql("postgres", "DROP DATABASE \"#{name}\" WITH (FORCE)")
    end
  end

  def cleanup(&block)
    @cleanups << block
  end

  # The code of the guide that begins with this comment.
  def guide(title)
    GUIDE[/^```ruby\n(# #{Regexp.escape(title)}\n.*?)^```/m, 1] || flunk("the guide has no #{title}")
  end

  def self.rails?
    Gem::Specification.find_all_by_name("railties").any?
  end

  def environment
    {
      "TASKER_CORE_LIB" => LIBRARY, "SHOP_DATABASE" => database, "SHOP_ROLE" => @role, "SHOP_TEMPLATE" => @template, "SHOP_NOTES" => @notes,
      "PATH" => "#{folder}/ruby:#{ENV.fetch('PATH')}", "PGDATABASE" => nil, "RAILS_ENV" => @rails_env, "RUBYOPT" => "-W0"
    }
  end

  # Runs bin/rails; returns what it prints. Fails if the command does not end as +ends+ says.
  def rails(*arguments, ends: true)
    output, status = Open3.capture2e(environment, RbConfig.ruby, "bin/rails", *arguments, chdir: folder)
    assert_equal ends, status.success?, "rails #{arguments.join(' ')}: #{output}"
    output
  end

  def with_test_environment
    @rails_env = "test"
    yield
  ensure
    @rails_env = nil
  end

  def read(path)
    File.read(File.join(folder, path))
  end

  def write(path, text)
    FileUtils.mkdir_p(File.dirname(File.join(folder, path)))
    File.write(File.join(folder, path), text)
  end

  def append(path, line)
    File.write(File.join(folder, path), "#{line}\n", mode: "a")
  end

  # Runs statements as the role of the application; returns the lines of the answer.
  def sql(*statements, on: database, role: @role)
    EngineTables.psql(on, *statements, role: role).lines(chomp: true)
  end

  # As a superuser.
  def create_extension(on: database)
    EngineTables.psql(on, "CREATE EXTENSION tasker_core")
  end

  # The problems that tasker_doctor() finds, but for those that the engine's own tables have.
  def problems(on: database)
    known = "check_name = 'redundant_index' OR object ~ 'index_step_transitions_failures'"
    sql("SELECT check_name, object FROM tasker_doctor() WHERE NOT (#{known})", on: on)
  end
end
