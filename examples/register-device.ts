import { ok, tidings } from "./tidings.ts";

// Each time the app starts it tells its own backend the token that the phone's push service gave it, and the backend
// passes it on. The same token again is the same contact; a token that was another user's moves to this one.

const userId = "u1";
const token = "token-of-the-phone-that-has-just-started";

const device = await ok(
  tidings.POST("/v1/users/{userId}/contacts", {
    params: { path: { userId } },
    body: { channel: "fcm", address: token, app: "com.example.shop" },
  }),
);
console.log(`${userId} has the device ${device.id}, last seen at ${device.lastSeenAt}`);
