# ActiveRecord: select_all with binds, read with the types of the columns.

require "active_record"
require "json"

ActiveRecord::Base.establish_connection(adapter: "postgresql", database: ENV.fetch("PGDATABASE"))
connection = ActiveRecord::Base.connection

# Says what the adapter read in JSON: what has no JSON type gets a tag.
def plain(value)
  case value
  when Time then { "~": "time", seconds: value.to_r.to_f }
  when ActiveSupport::Duration then { "~": "interval", seconds: value.to_f }
  when BigDecimal then { "~": "decimal", text: value.to_s("F") }
  when Array then value.map { |element| plain(element) }
  when Hash then value.transform_values { |member| plain(member) }
  else value
  end
end

# Makes what a program would hand to the adapter, without a type of SQL.
def parameter(value, saved)
  case value
  when Array then PG::TextEncoder::Array.new.encode(value.map { |element| parameter(element, saved) })
  when Hash
    kind, content = value.first
    case kind
    when "saved" then content_of(saved.fetch(content))
    when "json" then content.to_json
    when "seconds" then content.seconds.iso8601
    when "seconds_ago" then Time.now - content
    else raise "no such kind of parameter: #{kind}"
    end
  else value
  end
end

def content_of(value)
  value.is_a?(Array) ? PG::TextEncoder::Array.new.encode(value) : value
end

saved = {}
JSON.parse(File.read(ARGV.fetch(0))).each do |call|
  begin
    binds = call["parameters"].map do |value|
      ActiveRecord::Relation::QueryAttribute.new("", parameter(value, saved), ActiveRecord::Type::Value.new)
    end
    result = connection.select_all(call["sql"], "SQL", binds)
    # One column alone comes without its row.
    rows = result.columns.one? ? result.cast_values.map { |value| [value] } : result.cast_values
    rows = rows.map { |row| result.columns.zip(row).to_h }
    call["save"].each { |name, column| saved[name] = rows.first[column] }
    call["save_all"].each { |name, column| saved[name] = rows.map { |row| row[column] } }
    answer = { rows: rows.map { |row| plain(row) } }
  rescue ActiveRecord::StatementInvalid => error
    answer = { sqlstate: error.cause&.result&.error_field(PG::Result::PG_DIAG_SQLSTATE), message: error.message }
  end
  puts JSON.generate(answer.merge(now: Time.now.to_f))
end
