// A typed client of Coffer, as docs/guide/openapi.md shows it: what does not fit the description does not compile.
import createClient from 'openapi-fetch';
import type { paths } from './coffer';

const client = createClient<paths>({ baseUrl: 'http://127.0.0.1:8080' });

export async function firstItem(token: string): Promise<string | undefined> {
  const headers = { Authorization: `Bearer ${token}` };
  const made = await client.POST('/api/items', { headers, body: { name: 'Kettle', description: 'Made of copper' } });
  if (!made.data) throw new Error(`status ${made.response.status}`);
  const id: number = made.data.id;
  const item = await client.GET('/api/items/{id}', { headers, params: { path: { id } } });
  return item.data?.name;
}

export async function mistakes(token: string): Promise<void> {
  const headers = { Authorization: `Bearer ${token}` };
  // @ts-expect-error a field that is missing
  await client.POST('/api/items', { headers, body: { name: 'Kettle' } });
  // @ts-expect-error a path that there is not
  await client.GET('/api/nothing', { headers });
  // @ts-expect-error a number, not a text
  await client.GET('/api/items/{id}', { headers, params: { path: { id: 'one' } } });
}
