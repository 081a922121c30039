# frozen_string_literal: true

require "open3"
require "tmpdir"
require "support"

# What README.md shows works, for a newcomer with an empty folder and an empty database.
class ReadmeTest < Minitest::Test
  include Support

  README = File.read(File.join(Support::FOLDER, "README.md"), encoding: "UTF-8")

  # The blocks of a language, in their order.
  def blocks(language)
    README.scan(/^```#{language}\n(.*?)^```/m).flatten
  end

  def shell(command)
    output, error, status = Open3.capture3(@environment, "bash", "-c", command, chdir: @folder)
    assert_predicate status, :success?, "#{command}\n#{error}"
    output
  end

  def test_five_minutes
    superuser("CREATE DATABASE shop")
    Dir.mktmpdir { |folder| follow(folder) }
  end

  def follow(folder)
    @folder = folder
    gems = File.join(folder, "gems")
    @environment = {
      "GEM_HOME" => gems, "GEM_PATH" => [gems, *Gem.path].join(":"), "PATH" => "#{gems}/bin:#{ENV.fetch('PATH')}"
    }
    install, run, look = blocks("sh")
    shell(install.gsub("path/to/tasker_core", REPOSITORY))
    File.write(File.join(folder, "orders.rb"), blocks("ruby").first)
    start, work = run.lines
    assert_includes shell(start), 'step 1 "charge" is ready'
    worker = spawn(@environment, "bash", "-c", "exec #{work}", chdir: folder, err: File::NULL)
    results = { "charge" => { "paid" => 30 }, "ship" => { "parcel" => "30 EUR" } }
    becomes("the task is complete") { shell(look) == "1 complete #{results}\n" }
    Process.kill("INT", worker)
    assert_equal 0, Process.wait2(worker)[1].exitstatus
    worker = nil
    try_the_test
  ensure
    Process.kill("KILL", worker) if worker
  end

  def try_the_test
    before = <<~RUBY
      require "minitest/assertions"
      include Minitest::Assertions
      def assertions = 0
      def assertions=(count); end
      require "./orders"
      database = TaskerCore::Database.new("dbname=shop", schema: "tasker")
      client = TaskerCore::Client.new(database)
      handlers = HANDLERS
    RUBY
    File.write(File.join(@folder, "orders_test.rb"), before + blocks("ruby").find { |block| block.include?("drain(") })
    shell("ruby orders_test.rb")
  end
end
