/** Fixed, since the saved histories are encrypted with it. */
export const TEST_PAYLOAD_KEY = { id: "test", bytes: Buffer.alloc(32, "tidings test payload key") };
