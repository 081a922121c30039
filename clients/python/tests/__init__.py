"""Tests of the Python client. They need the server that tests/clients.sh starts."""
