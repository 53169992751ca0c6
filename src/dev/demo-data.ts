import { LauncherError } from "./launcher-error.ts";

const USER = "u1";
const CATEGORY = "orders";
const TEMPLATE = "order_shipped";

const demoUser = { locale: "en", timezone: "Europe/Berlin", attributes: { first_name: "Mina" } };

const demoContacts = [
  {
    channel: "apns",
    address: "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0",
    app: "com.example.shop",
  },
  { channel: "fcm", address: "demo-device-token-of-mina", app: "com.example.shop" },
  { channel: "sms", address: "+14155550123" },
  { channel: "email", address: "mina@sandbox.test", primary: true },
];

const demoCategory = { channels: ["push", "sms", "email"] };

const demoTemplate = {
  locales: {
    default: {
      push: { title: "Shipped", body: "{{ item_name }} is on its way" },
      sms: { text: "{{ item_name }} is on its way" },
      email: {
        subject: "Shipped: {{ item_name }}",
        text: "Hello {{ user.first_name }},\n\n{{ item_name }} is on its way.\n",
        html: "<p>Hello {{ user.first_name }},</p><p><b>{{ item_name }}</b> is on its way.</p>",
      },
    },
    ko: {
      push: { title: "배송 시작", body: "{{ item_name }} 배송이 시작되었습니다" },
      sms: { text: "{{ item_name }} 배송이 시작되었습니다" },
      email: {
        subject: "배송 시작: {{ item_name }}",
        text: "{{ user.first_name }}님, {{ item_name }} 배송이 시작되었습니다.\n",
        html: "<p>{{ user.first_name }}님, <b>{{ item_name }}</b> 배송이 시작되었습니다.</p>",
      },
    },
  },
};

/**
 * Makes what the first request of the README needs, through the public API, as any client would. Only what is missing:
 * a developer's own changes stay.
 * @throws {LauncherError} where the API refuses one of them
 */
export async function ensureDemoData(url: string, key: string): Promise<void> {
  const api = demoApi(url, key);
  if (!(await api.exists(`/v1/users/${USER}`))) await api.write("PUT", `/v1/users/${USER}`, demoUser);
  const contacts = (await api.read(`/v1/users/${USER}/contacts`)) as { items: { channel: string }[] };
  for (const contact of demoContacts) {
    if (contacts.items.some(({ channel }) => channel === contact.channel)) continue;
    await api.write("POST", `/v1/users/${USER}/contacts`, contact);
  }
  if (!(await api.exists(`/v1/categories/${CATEGORY}`))) {
    await api.write("PUT", `/v1/categories/${CATEGORY}`, demoCategory);
  }
  if (!(await api.exists(`/v1/templates/${TEMPLATE}`))) {
    await api.write("PUT", `/v1/templates/${TEMPLATE}`, demoTemplate);
  }
}

function demoApi(url: string, key: string) {
  const succeed = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await request(url, key, method, path, body);
    const text = await response.text();
    if (!response.ok) {
      throw new LauncherError(
        `The demo data could not be created: ${method} ${path} answered ${response.status} ${text}`,
      );
    }
    return text === "" ? null : JSON.parse(text);
  };
  return {
    exists: async (path: string): Promise<boolean> => {
      const response = await request(url, key, "GET", path);
      await response.body?.cancel();
      return response.ok;
    },
    read: (path: string) => succeed("GET", path),
    write: (method: "PUT" | "POST", path: string, body: unknown) => succeed(method, path, body),
  };
}

function request(url: string, key: string, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  });
}
