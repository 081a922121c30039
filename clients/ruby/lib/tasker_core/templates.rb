# frozen_string_literal: true

require "yaml"

module TaskerCore
  # Templates from the YAML files of the Rails engine.
  module Templates
    module_function

    # Reads a template from a YAML file, with anchors and merge keys, or from a JSON file. +environments+ stays in it:
    # Client#register_task takes the name of one, and the database lays it over the steps. Dates become ISO 8601 texts. Raises
    # ArgumentError if the file holds no object, and the errors of Psych and JSON if it cannot be read.
    def load(path)
      text = File.read(path, encoding: Encoding::UTF_8)
      found =
        if path.to_s.end_with?(".json")
          Documents.load(text)
        else
          YAML.safe_load(text, permitted_classes: [Date, Time, Symbol], aliases: true, filename: path.to_s)
        end
      raise ArgumentError, "#{path} holds no template: its content is no object" unless found.is_a?(Hash)

      as_json(found)
    end

    # YAML has dates, and keys that are no texts.
    def as_json(value)
      case value
      when Hash then value.to_h { |key, member| [key.is_a?(String) ? key : as_json(key).to_s, as_json(member)] }
      when Array then value.map { |element| as_json(element) }
      when Date, Time then value.iso8601
      when Symbol then value.name
      else value
      end
    end
    private_class_method :as_json
  end
end
