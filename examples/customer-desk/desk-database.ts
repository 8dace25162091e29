/** The desk's data, in an embedded PostgreSQL (PGlite): what the tools read and change. */
import { PGlite } from '@electric-sql/pglite';

export interface Customer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly note: string;
}

export interface Order {
  readonly id: string;
  readonly customer_id: string;
  readonly amount: number;
  readonly charged: number;
}

const SCHEMA = `
  create table customers (id text primary key, name text not null, email text not null, note text not null);
  create table orders (id text primary key, customer_id text not null, amount real not null, charged real not null);
  create table refunds (key text primary key, order_id text not null, amount real not null);
  create table drafts (key text primary key, customer_id text not null, body text not null);
`;

const DATA = `
  insert into customers values
    ('cus-17', 'Ada Byron', 'ada@customer.example', 'active, orders since 2019'),
    ('cus-42', 'Ada Byron', 'ada.byron@old.example', 'duplicate of cus-17, no orders'),
    ('cus-55', 'Grace Hooper', 'grace@customer.example', 'active');
  insert into orders values
    ('ord-1042', 'cus-17', 240, 480),
    ('ord-1043', 'cus-17', 19, 19),
    ('ord-2001', 'cus-55', 75, 75);
`;

export class DeskDatabase {
  readonly #database: PGlite;

  private constructor(database: PGlite) {
    this.#database = database;
  }

  static async open(): Promise<DeskDatabase> {
    const database = await PGlite.create();
    await database.exec(SCHEMA + DATA);
    return new DeskDatabase(database);
  }

  async customersLike(query: string): Promise<readonly Customer[]> {
    return this.#rows('select * from customers where name ilike $1 order by id', [`%${query}%`]);
  }

  async customers(): Promise<readonly Customer[]> {
    return this.customersLike('');
  }

  async ordersOf(customerId: string): Promise<readonly Order[]> {
    return this.#rows('select * from orders where customer_id = $1 order by id', [customerId]);
  }

  /** Under one key the money goes back once, however often it is asked. False: there is no such order. */
  async refund(key: string, orderId: string, amount: number): Promise<boolean> {
    const orders = await this.#rows<Order>('select * from orders where id = $1', [orderId]);
    if (orders.length === 0) return false;
    await this.#rows('insert into refunds values ($1, $2, $3) on conflict do nothing', [
      key,
      orderId,
      amount,
    ]);
    return true;
  }

  async refunds(): Promise<readonly { readonly order_id: string; readonly amount: number }[]> {
    return this.#rows('select order_id, amount from refunds', []);
  }

  async saveDraft(key: string, customerId: string, body: string): Promise<void> {
    await this.#rows('insert into drafts values ($1, $2, $3) on conflict do nothing', [
      key,
      customerId,
      body,
    ]);
  }

  async deleteCustomer(id: string): Promise<boolean> {
    const deleted = await this.#rows('delete from customers where id = $1 returning id', [id]);
    return deleted.length > 0;
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  async #rows<Row>(sql: string, parameters: readonly unknown[]): Promise<readonly Row[]> {
    return (await this.#database.query<Row>(sql, [...parameters])).rows;
  }
}
