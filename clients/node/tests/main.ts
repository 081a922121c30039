/** All tests, in one process. */

import "./handlers.js";
import "./client.js";
import "./conformance.js";
import "./worker.js";
import "./processes.js";
import "./testing.js";
import "./queues.js";
import "./models.js";
import "./readme.js";
