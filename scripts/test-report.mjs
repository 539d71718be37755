#!/usr/bin/env node
// Reads what `jest --json` wrote.
//   failed REPORT           the files in which something failed, a line each
//   summary REPORT [AGAIN]  what passed and failed; AGAIN is the report of a second run of the files that had failed
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [task, ...files] = process.argv.slice(2);
const [report, again] = files.map((file) => {
  const text = readFileSync(file, 'utf8');
  return text === '' ? undefined : JSON.parse(text);
});

const failedFiles = ({ testResults }) =>
  testResults.filter(({ status }) => status === 'failed').map(({ name }) => relative('.', name));
const tests = (file) => file.assertionResults;

if (task === 'failed') {
  for (const file of failedFiles(report)) console.log(file);
} else {
  const latest = new Map(
    [...report.testResults, ...(again?.testResults ?? [])].map((file) => [file.name, file]),
  );
  const all = [...latest.values()].flatMap(tests);
  // A file that could not even be loaded counts as a failure, although none of its tests ran.
  const unloaded = [...latest.values()].filter(
    (file) => file.status === 'failed' && tests(file).length === 0,
  ).length;
  const count = (status) => all.filter((test) => test.status === status).length;

  if (again) {
    const stillFailing = new Set(failedFiles(again));
    for (const file of failedFiles(report)) {
      if (!stillFailing.has(file)) console.log(`unsteady: ${file} failed at first and passed alone`);
    }
  }
  if (count('pending') > 0) console.log(`${count('pending')} skipped`);
  console.log(`${count('passed')} passed, ${count('failed') + unloaded} failed`);
}
