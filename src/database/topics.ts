import type pg from "pg";
import type { Stored } from "./created.ts";
import type { PrismaClient } from "./generated/client.ts";
import { inTransaction } from "./pool.ts";

export type StoredTopic = { topic: string; subscribedAt: Date };
export type TopicStore = ReturnType<typeof createTopicStore>;

const MAX_TOPICS = 1_000;

/** What users are subscribed to. */
export function createTopicStore(database: { pool: pg.Pool; prisma: PrismaClient }) {
  const { pool, prisma } = database;
  return {
    /** Again changes nothing. A user may have 1,000 topics. */
    subscribe(userId: string, topic: string): Promise<Stored<StoredTopic> | "no_user" | "too_many"> {
      return inTransaction(pool, async (connection) => {
        // First the lock, then the count: else each of many at once would count without the others.
        const user = await connection.query("SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE", [userId]);
        if (user.rowCount === 0) return "no_user";
        const { rows } = await connection.query<{ subscribedAt: Date; created: boolean }>(SUBSCRIBE, [
          userId,
          topic,
          MAX_TOPICS,
        ]);
        const [row] = rows;
        return row === undefined
          ? "too_many"
          : { value: { topic, subscribedAt: row.subscribedAt }, created: row.created };
      });
    },

    /** By name, after the topic `after`. Null: there is no such user. */
    async list(userId: string, page: { after: string | null; limit: number }): Promise<StoredTopic[] | null> {
      const user = await prisma.user.findUnique({
        where: { id: userId },
        select: {
          topics: {
            where: page.after === null ? {} : { topic: { gt: page.after } },
            orderBy: { topic: "asc" },
            take: page.limit,
          },
        },
      });
      return user === null ? null : user.topics.map(({ topic, createdAt }) => ({ topic, subscribedAt: createdAt }));
    },

    /** Repeatable. */
    async unsubscribe(userId: string, topic: string): Promise<void> {
      await prisma.topicSubscription.deleteMany({ where: { userId, topic } });
    },
  };
}

const SUBSCRIBE = `
  WITH present AS (
    SELECT created_at FROM topic_subscriptions WHERE topic = $2 AND user_id = $1
  ), made AS (
    INSERT INTO topic_subscriptions (topic, user_id)
    SELECT $2, $1
    WHERE NOT EXISTS (SELECT FROM present)
      AND (SELECT count(*) FROM topic_subscriptions WHERE user_id = $1) < $3::int
    RETURNING created_at
  )
  SELECT created_at AS "subscribedAt", false AS created FROM present
  UNION ALL SELECT created_at, true FROM made`;
