// Tests read their answers; the log of the service under test would only bury them.
process.env.LOG_LEVEL ??= 'silent';
