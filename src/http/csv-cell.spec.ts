import { csvCell } from './csv-cell';

describe('A cell of CSV', () => {
  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '|calc',
    '%0',
    ' =1',
    '\t=1',
    '\r=1',
    '\n1',
    '＝1+1',
    '＋1',
    '－1',
    ' ＠A1',
  ])('never begins as a formula does: %j', (text) => {
    expect(csvCell(text).replace(/^"/, '')).toMatch(/^'/);
  });

  it.each([
    ['a=1', 'a=1'],
    ['Ada, Countess', '"Ada, Countess"'],
    ['the "first"', '"the ""first"""'],
    ['two\r\nlines', '"two\r\nlines"'],
    ['', ''],
  ])('is quoted where it has to be: %j', (text, cell) => {
    expect(csvCell(text)).toBe(cell);
  });
});
