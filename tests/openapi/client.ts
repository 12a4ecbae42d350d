// A typed client of Coffer, as docs/guide/openapi.md shows it: what does not fit the description does not compile.
import createClient from 'openapi-fetch';
import type { paths } from './coffer';

export const connect = (baseUrl: string) => createClient<paths>({ baseUrl });

export async function firstItem(client: ReturnType<typeof connect>, token: string): Promise<string | undefined> {
  const headers = { Authorization: `Bearer ${token}` };
  const made = await client.POST('/api/items', { headers, body: { name: 'Kettle', description: 'Made of copper' } });
  if (!made.data) throw new Error(`status ${made.response.status}`);
  const id: number = made.data.id;
  const item = await client.GET('/api/items/{id}', { headers, params: { path: { id } } });
  return item.data?.name;
}

export async function mistakes(client: ReturnType<typeof connect>): Promise<void> {
  // @ts-expect-error a field that is missing
  await client.POST('/api/items', { body: { name: 'Kettle' } });
  // @ts-expect-error a path that there is not
  await client.GET('/api/nothing', {});
  // @ts-expect-error a number, not a text
  await client.GET('/api/items/{id}', { params: { path: { id: 'one' } } });
}
