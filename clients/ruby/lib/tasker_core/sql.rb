# frozen_string_literal: true

module TaskerCore
  # JSON that is written already.
  JsonText = Struct.new(:text)

  # Values in the text of a statement, and what a server answers. Nothing is prepared on the server.
  module Sql
    # An interval, in seconds.
    Interval = Struct.new(:seconds)

    # An interval of the style "postgres", in seconds. A month counts as 30 days.
    class IntervalDecoder < PG::SimpleDecoder
      UNITS = { "year" => 31_557_600, "mon" => 2_592_000, "day" => 86_400 }.freeze
      private_constant :UNITS

      def decode(text, _tuple = nil, _field = nil)
        days = text.scan(/(-?\d+) (year|mon|day)s?/).sum { |number, unit| number.to_i * UNITS.fetch(unit) }
        time = text.match(/(-?)(\d+):(\d+):([\d.]+)/)
        return days.to_f unless time

        seconds = (time[2].to_i * 3600) + (time[3].to_i * 60) + time[4].to_f
        days + (time[1] == "-" ? -seconds : seconds)
      end
    end

    # How columns are read, by their types. Others, and jsonb, are texts.
    TYPES = PG::TypeMapByOid.new.tap do |map|
      integer = PG::TextDecoder::Integer
      add = lambda do |oid, decoder|
        decoder.oid = oid
        decoder.format = 0
        map.add_coder(decoder)
      end
      add.call(16, PG::TextDecoder::Boolean.new)
      [20, 21, 23].each { |oid| add.call(oid, integer.new) }
      [700, 701].each { |oid| add.call(oid, PG::TextDecoder::Float.new) }
      add.call(1184, PG::TextDecoder::TimestampWithTimeZone.new)
      add.call(1186, IntervalDecoder.new)
      [1005, 1007, 1016].each { |oid| add.call(oid, PG::TextDecoder::Array.new(elements_type: integer.new)) }
      [1009, 1015].each { |oid| add.call(oid, PG::TextDecoder::Array.new) }
    end

    ARRAY = PG::TextEncoder::Array.new.freeze
    private_constant :ARRAY

    module_function

    # A value as an argument of a function. Hashes become +jsonb+. Wrap JSON that is no object in JsonText. Raises
    # InvalidArgument.
    def literal(value)
      case value
      when nil then "NULL"
      when true, false, Integer then value.to_s
      when String, Symbol, Float, BigDecimal then quote(value.to_s)
      when JsonText then "#{quote(value.text)}::jsonb"
      when Hash then "#{quote(json(value))}::jsonb"
      when Interval then "#{quote(format('%.6f seconds', value.seconds.to_f))}::interval"
      when Time, DateTime, Date then quote(value.iso8601(*(6 unless value.instance_of?(Date))))
      # Its type is that of the function's argument.
      when Array, Set then quote(ARRAY.encode(value.map { |element| element(element) }))
      else other(value)
      end
    end

    def quote(text)
      text = text.encode(Encoding::UTF_8) unless text.encoding == Encoding::UTF_8
      unless text.valid_encoding? && !text.include?("\0")
        raise InvalidArgument, "a text with U+0000, or that is not valid UTF-8, cannot be sent"
      end

      doubled = text.include?("'") ? text.gsub("'", "''") : text
      # Read alike whatever standard_conforming_strings is.
      doubled.include?("\\") ? " E'#{doubled.gsub('\\') { '\\\\' }}'" : "'#{doubled}'"
    rescue EncodingError => e
      raise InvalidArgument, e.message
    end

    def identifier(name)
      PG::Connection.quote_ident(name)
    end

    # Whether it is a duration of ActiveSupport.
    def duration?(value)
      defined?(ActiveSupport::Duration) && ActiveSupport::Duration === value # rubocop:disable Style/CaseEquality
    end

    # Seconds, or a duration, as an argument.
    def interval(seconds)
      seconds.nil? ? nil : Interval.new(seconds)
    end

    def json(value)
      Documents.dump(value)
    rescue TypeError, ArgumentError => e
      raise InvalidArgument, e.message
    end

    def element(value)
      case value
      when nil then nil
      when JsonText then value.text
      when Time then value.iso8601(6)
      when String, Symbol, Numeric, true, false then value.to_s
      else raise InvalidArgument, "a value of the class #{value.class} cannot be sent in an array"
      end
    end

    def other(value)
      return literal(Interval.new(value)) if duration?(value)

      raise InvalidArgument, "a value of the class #{value.class} cannot be sent"
    end
    private_class_method :json, :element, :other
  end
end
