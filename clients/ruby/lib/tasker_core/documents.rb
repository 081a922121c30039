# frozen_string_literal: true

require "bigdecimal"
require "date"
require "json"
require "set"
require "time"

module TaskerCore
  # JSON as the database keeps it.
  module Documents
    # The deepest document that is read or written.
    DEEPEST = 1000
    private_constant :DEEPEST

    module_function

    # Writes a value as JSON. Besides JSON's own types it takes symbols, times (ISO 8601), BigDecimal (text), structs and
    # sets. Integers keep all digits. Raises TypeError for other types, and ArgumentError for what +jsonb+ cannot hold: NaN,
    # infinity, the character U+0000, and texts that are not valid.
    def dump(value)
      JSON.generate(plain(value), max_nesting: DEEPEST)
    rescue JSON::NestingError => e
      raise ArgumentError, e.message
    end

    # Reads JSON. Integers keep all digits; other numbers become Float.
    def load(text)
      JSON.parse(text, max_nesting: DEEPEST)
    end

    # The text without what PostgreSQL cannot store, for messages of errors.
    def storable(text)
      text = text.to_s
      text = text.dup.force_encoding(Encoding::UTF_8) if text.encoding == Encoding::BINARY
      text = text.encode(Encoding::UTF_8, invalid: :replace, undef: :replace) unless text.encoding == Encoding::UTF_8
      text.scrub { |bytes| bytes.bytes.map { |byte| format("\\x%02x", byte) }.join }.gsub("\0", "\\u0000")
    end

    def plain(value)
      case value
      when nil, true, false, Integer then value
      when String then text(value)
      when Symbol then text(value.name)
      when Float then number(value)
      when Hash then value.to_h { |key, member| [text(key.to_s), plain(member)] }
      when Array, Set then value.map { |element| plain(element) }
      when BigDecimal then value.to_s("F")
      when Time then value.iso8601(6)
      when Date then value.iso8601
      when Struct then plain(value.to_h)
      else other(value)
      end
    end

    # What other libraries define: values of ActiveSupport's durations, for example, are numbers.
    def other(value)
      raise TypeError, "a value of the class #{value.class} cannot be stored as JSON" unless Sql.duration?(value)

      value.to_f
    end

    def text(value)
      valid = value.encoding == Encoding::UTF_8 ? value : value.encode(Encoding::UTF_8)
      raise ArgumentError, "a text that is not valid UTF-8 cannot be stored as jsonb" unless valid.valid_encoding?
      raise ArgumentError, "a text with the character U+0000 cannot be stored as jsonb" if valid.include?("\0")

      valid
    rescue EncodingError
      raise ArgumentError, "a text that is not valid UTF-8 cannot be stored as jsonb"
    end

    def number(value)
      raise ArgumentError, "#{value} cannot be stored as jsonb" unless value.finite?

      value
    end
    private_class_method :plain, :other, :text, :number
  end
end
