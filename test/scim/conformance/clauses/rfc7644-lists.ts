import { type Check, clause } from '../check';
import { equal, ok, refused } from '../expectations';
import { inOrder, page, pageable } from '../lists-of-people';
import { type Json, type ScimServer, USER } from '../scim-server';

export const lists: Check[] = [
  ...clause(
    'RFC 7644 §3.4.2.3',
    'Sorting',
    ['users', 'filter', 'sort'],
    [
      [
        'Ascending is the default; who has no value comes last',
        async (server) =>
          equal(await inOrder(server, { sortBy: 'title' }), ['a', 'b', 'c', 'd', 'none'], 'order'),
      ],
      [
        'Ascending, asked for',
        async (server) =>
          equal(
            await inOrder(server, { sortBy: 'title', sortOrder: 'ascending' }),
            ['a', 'b', 'c', 'd', 'none'],
            'order',
          ),
      ],
      [
        'Descending; who has no value comes first',
        async (server) =>
          equal(
            await inOrder(server, { sortBy: 'title', sortOrder: 'descending' }),
            ['none', 'd', 'c', 'b', 'a'],
            'order',
          ),
      ],
      [
        'A sub-attribute can be sorted by, without regard to case',
        async (server) =>
          equal(await inOrder(server, { sortBy: 'name.familyName' }), ['b', 'd', 'a', 'c', 'none'], 'order'),
      ],
      [
        'The name is read without regard to case and with its URN',
        async (server) =>
          equal(await inOrder(server, { sortBy: `${USER}:TITLE` }), ['a', 'b', 'c', 'd', 'none'], 'order'),
      ],
      [
        'meta.created is sorted by time',
        async (server) =>
          equal(await inOrder(server, { sortBy: 'meta.created' }), ['c', 'a', 'none', 'b', 'd'], 'order'),
      ],
      [
        'Pages of a sorted list follow each other',
        async (server) => {
          const pages: string[] = [];
          for (const startIndex of ['1', '3', '5']) {
            pages.push(...(await inOrder(server, { sortBy: 'title', startIndex, count: '2' })));
          }
          equal(pages, ['a', 'b', 'c', 'd', 'none'], 'order');
        },
      ],
    ],
  ),
  ...clause(
    'RFC 7644 §3.4.2.4',
    'Paging',
    ['users', 'filter'],
    [
      [
        'Pages together hold each resource once',
        async (server) => {
          const { ids } = await pageable(server);
          const seen: string[] = [];
          for (let startIndex = 1; startIndex <= 9; startIndex += 4) {
            seen.push(...(await page(server, { startIndex, count: 4 })).Resources.map(({ id }: Json) => id));
          }
          equal([...seen].sort(), [...ids].sort(), 'ids seen');
        },
      ],
      [
        'totalResults is the number of all, whatever the page',
        async (server) => {
          for (const startIndex of [1, 5, 9]) {
            equal((await page(server, { startIndex, count: 2 })).totalResults, 9, 'totalResults');
          }
        },
      ],
      [
        'startIndex and itemsPerPage say what was answered',
        async (server) => {
          const { startIndex, itemsPerPage, Resources } = await page(server, { startIndex: 8, count: 5 });
          equal([startIndex, itemsPerPage, Resources.length], [8, 2, 2], 'startIndex, itemsPerPage, number');
        },
      ],
      [
        'They are numbers, not text',
        async (server) => {
          const { startIndex, itemsPerPage, totalResults } = await page(server, { startIndex: 1, count: 2 });
          for (const value of [startIndex, itemsPerPage, totalResults]) equal(typeof value, 'number', 'type');
        },
      ],
      [
        'startIndex counts from 1',
        async (server) => {
          const [first] = (await page(server, { count: 1 })).Resources;
          const [same] = (await page(server, { startIndex: 1, count: 1 })).Resources;
          equal(same.id, first.id, 'first resource');
        },
      ],
      ...[0, -5].map(
        (startIndex) =>
          [
            `startIndex ${startIndex} is 1`,
            async (server: ScimServer) => {
              const [first] = (await page(server, { startIndex: 1, count: 1 })).Resources;
              const [same] = (await page(server, { startIndex, count: 1 })).Resources;
              equal(same?.id, first.id, 'first resource');
            },
          ] as const,
      ),
      [
        'count 0 asks for the number only',
        async (server) => {
          const { totalResults, Resources = [] } = await page(server, { count: 0 });
          equal([totalResults, Resources.length], [9, 0], 'totalResults and number');
        },
      ],
      [
        'A negative count is 0',
        async (server) => {
          const { totalResults, Resources = [] } = await page(server, { count: -3 });
          equal([totalResults, Resources.length], [9, 0], 'totalResults and number');
        },
      ],
      [
        'No page is longer than count',
        async (server) => ok((await page(server, { count: 3 })).Resources.length <= 3, 'the page is longer'),
      ],
      [
        'A count beyond what the server gives is answered with what it gives',
        async (server) => equal((await page(server, { count: 1_000_000 })).totalResults, 9, 'totalResults'),
      ],
      [
        'Beyond the end there is nothing, and the number is still right',
        async (server) => {
          const { totalResults, Resources = [] } = await page(server, { startIndex: 100, count: 5 });
          equal([totalResults, Resources.length], [9, 0], 'totalResults and number');
        },
      ],
      [
        'A startIndex that is no number is refused, or taken for 1',
        async (server) => {
          const answer = await server.get('/Users?startIndex=first');
          if (answer.status !== 200) refused(answer, 400);
        },
      ],
      [
        'An order that was not asked for is the same each time',
        async (server) => {
          const order = async (): Promise<string[]> =>
            (await page(server, { count: 9 })).Resources.map(({ id }: Json) => id);
          equal(await order(), await order(), 'ids');
        },
      ],
    ],
  ),
];
