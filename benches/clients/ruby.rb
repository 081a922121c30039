# frozen_string_literal: true

# Executes steps with bare SQL or with the client's Worker, and measures a part of them; see README.md.
#
# ruby.rb version: what is measured.
# ruby.rb SIDE STEPS BEFORE CONCURRENCY BATCH: the line "steps seconds CPU-seconds" of STEPS steps, after BEFORE others.
# ruby.rb idle SECONDS: the line "claims CPU-seconds" of a worker without work.

$LOAD_PATH.unshift(File.expand_path("../../clients/ruby/lib", __dir__))
require "pg"
require "tasker_core"

SCHEMA = "life"
# What a handler needs.
COLUMNS = "workflow_step_id, claim_token, step_name, context, inputs, parent_results"
CLAIM = "SELECT #{COLUMNS} FROM tasker_claim_steps('bench', $1)"
COMPLETE_AND_CLAIM = "SELECT #{COLUMNS} FROM tasker_complete_and_claim($1, '{}', $2, 'bench')"

def clock(name)
  Process.clock_gettime(name)
end

# Counts steps: those after the first +before+ are measured.
class Meter < TaskerCore::Metrics
  attr_reader :claims
  attr_writer :worker

  def initialize(steps, before)
    super()
    @limits = [before, before + steps]
    @lock = Mutex.new
    @count = 0
    @claims = 0
    @marks = []
  end

  def over?
    @over
  end

  def claimed(_steps, _seconds)
    @claims += 1 unless over?
  end

  def reported(steps, _seconds = 0)
    @lock.synchronize do
      @count += steps
      next if @over || @count < @limits[@marks.size]

      @marks << [@count, clock(Process::CLOCK_MONOTONIC), clock(Process::CLOCK_PROCESS_CPUTIME_ID)]
      finish if @marks.size == 2
    end
  end

  def finish
    @over = true
    @worker&.stop
  end

  def measured
    @marks.last.zip(@marks.first).map { |after, before| after - before }.join(" ")
  end
end

def with_connection
  connection = PG.connect(options: "-c search_path=#{SCHEMA},public")
  yield connection
ensure
  connection&.close
end

# A call that claims a step, and one that completes it.
def bare(meter)
  with_connection do |connection|
    until meter.over?
      connection.exec_params(CLAIM, [1]).values.each do |step, token|
        connection.exec_params("SELECT state FROM tasker_complete_step($1, '{}', $2)", [step, token]).values
        meter.reported(1)
      end
    end
  end
end

# One call that completes a step and claims the next one.
def one_call(meter)
  held = nil
  with_connection do |connection|
    until meter.over?
      if held.nil?
        held = connection.exec_params(CLAIM, [1]).values.first
        next
      end
      held = connection.exec_params(COMPLETE_AND_CLAIM, held.first(2)).values.first
      meter.reported(1)
    end
  end
end

# A call that claims many steps, and one that completes them.
def bare_batches(meter, batch)
  list = PG::TextEncoder::Array.new
  with_connection do |connection|
    until meter.over?
      rows = connection.exec_params(CLAIM, [batch]).values
      next if rows.empty?

      arguments = [*rows.transpose.first(2), ["{}"] * rows.size].map { |values| list.encode(values) }
      connection.exec_params("SELECT state FROM tasker_complete_steps($1, $2, $3)", arguments).values
      meter.reported(rows.size)
    end
  end
end

# The client, with handlers that do nothing.
def worker(meter, concurrency, batch)
  handlers = TaskerCore::Handlers.new
  1.upto(10) { |number| handlers.register("step_#{number}") { |_task, _sequence, _step| {} } }
  database = TaskerCore::Database.new(schema: SCHEMA)
  made = TaskerCore::Worker.new(
    database, handlers, name: "bench", concurrency: concurrency, batch_size: batch, metrics: meter
  )
  meter.worker = made
  made.run
  database.close
end

side, *arguments = ARGV
case side
when "version"
  puts "Ruby #{RUBY_VERSION}, pg #{PG::VERSION}"
when "idle"
  meter = Meter.new(1, 0)
  before = clock(Process::CLOCK_PROCESS_CPUTIME_ID)
  Thread.new do
    sleep(Float(arguments.first))
    meter.finish
  end
  worker(meter, 1, 1)
  puts "#{meter.claims} #{clock(Process::CLOCK_PROCESS_CPUTIME_ID) - before}"
else
  steps, before, concurrency, batch = arguments.map { |argument| Integer(argument) }
  meter = Meter.new(steps, before)
  if side == "worker"
    worker(meter, concurrency, batch)
  else
    run = { "one_call" => -> { one_call(meter) }, "bare" => -> { batch == 1 ? bare(meter) : bare_batches(meter, batch) } }.fetch(side)
    Array.new(concurrency) { Thread.new(&run) }.each(&:join)
  end
  puts meter.measured
end
