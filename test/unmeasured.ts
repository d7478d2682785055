// To be imported by tests that start many processes: coverage is measured here and not in them, where it would cost each of them a
// third more time and two megabytes, and find nothing that the protocol's own tests do not.
delete process.env['NODE_V8_COVERAGE'];
