# frozen_string_literal: true

require "net/http"
require "openssl"
require "uri"

module TaskerCore
  # The answer of a server. The names of +headers+ are in lower case.
  Response = Struct.new(:status, :headers, :body) do
    # The body as text, in UTF-8; other bytes become U+FFFD.
    def text
      body.to_s.dup.force_encoding(Encoding::UTF_8).scrub("\uFFFD")
    end

    # The body, read as JSON. Raises JSON::ParserError if it is none.
    def json
      Documents.load(body.to_s.dup.force_encoding(Encoding::UTF_8))
    end
  end

  # The base of handlers that call an HTTP service, which maps their answers as the Rails engine does.
  #
  # Write +process+ with #request. The +handler_config+ can have +url+ (the base of relative URLs), +params+, +headers+ and
  # +timeout_seconds+ (of a connection and of each read; 30).
  class ApiHandler < StepHandler
    # Another attempt would get the same answer.
    PERMANENT_STATUSES = [400, 401, 403, 404, 422].freeze
    # The server says when it wants another attempt.
    BACKOFF_STATUSES = [429, 503].freeze

    # Returns an answer that is a success, and raises an error for any other.
    #
    # 200 to 226: success. 429 and 503: RetryableError with the header Retry-After. 400, 401, 403, 404 and 422: PermanentError.
    # Any other: RetryableError, which waits as configured. The +error_code+ is <tt>HTTP_<status></tt>.
    def self.check_response(response)
      status = response.status
      return response if (200..226).cover?(status)

      about = {
        error_code: "HTTP_#{status}",
        context: { "response_status" => status, "response_body" => response.text[0, 10_000].tr("\0", "\uFFFD") }
      }
      raise PermanentError.new("HTTP status #{status}", **about) if PERMANENT_STATUSES.include?(status)

      retry_after = response.headers["retry-after"] if BACKOFF_STATUSES.include?(status)
      raise RetryableError.new("HTTP status #{status}", retry_after: retry_after, **about)
    end

    # Sends a request and returns the answer if it is a success. Raises PermanentError or RetryableError as check_response
    # says, and RetryableError if the server cannot be reached. +json+ is sent as JSON, +body+ as it is.
    def request(method, url = "", params: {}, headers: {}, json: nil, body: nil, timeout: nil)
      uri = full_uri(url, params)
      all = { "Accept" => "application/json", **(config["headers"] || {}), **headers.transform_keys(&:to_s) }
      unless json.nil?
        body = Documents.dump(json)
        all["Content-Type"] ||= "application/json"
      end
      # It names the class of the request, and raises NameError for a method that HTTP does not have.
      request = Net::HTTP.const_get(method.to_s.capitalize).new(uri, all)
      request.body = body
      self.class.check_response(send_request(request, timeout || config["timeout_seconds"] || 30))
    end

    # The body of a Response: as JSON if it is JSON, otherwise as text.
    def results_of_output(output)
      return output unless output.is_a?(Response)

      begin
        output.json
      rescue JSON::ParserError
        output.text
      end
    end

    # Sends a Net::HTTPRequest and returns the Response, whatever its status. Redirects are not followed. Override it to use
    # another HTTP library, or in tests.
    def send_request(request, timeout)
      uri = request.uri
      # A request that is sent twice is the handler's decision.
      options = { use_ssl: uri.scheme == "https", open_timeout: timeout, read_timeout: timeout, write_timeout: timeout, max_retries: 0 }
      answer = Net::HTTP.start(uri.hostname, uri.port, **options) { |http| http.request(request) }
      Response.new(answer.code.to_i, answer.to_hash.transform_values { |values| values.join(", ") }, answer.body)
    rescue SystemCallError, SocketError, IOError, Timeout::Error, OpenSSL::SSL::SSLError, Net::ProtocolError,
           Net::HTTPBadResponse => e
      raise RetryableError.new("#{e.class}: #{e.message}", context: { "url" => uri.to_s })
    end

    private

    def full_uri(url, params)
      base = config["url"].to_s
      parts = [base, url].reject(&:empty?)
      uri = parts.map { |part| URI.parse(part) }.reduce { |first, second| http!(first) + second }
      http!(uri)

      query = { **(config["params"] || {}), **params.transform_keys(&:to_s) }
      uri.query = [uri.query, URI.encode_www_form(query)].compact.join("&") if query.any?
      uri
    rescue URI::Error
      raise PermanentError, "not an HTTP URL: #{parts.join(' ')}"
    end

    def http!(uri)
      return uri if uri.is_a?(URI::HTTP) && uri.host

      raise PermanentError, "not an HTTP URL: #{uri}"
    end
  end
end
