import { defineConfig } from "vitest/config";

// Tests that need a page say so on their first line: making one takes a second.
export default defineConfig({
  test: {
    environment: "node",
    include: ["tests/**/*.test.ts"],
    pool: "threads",
    // Only against a test that never ends: a busy machine takes many times as long as a quiet one.
    testTimeout: 60_000,
  },
});
