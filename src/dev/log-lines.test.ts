import { describe, expect, it } from "vitest";
import { alarmOfPino, explainingLine, saysReady } from "./log-lines.ts";

describe("alarmOfPino", () => {
  it("shows warnings and errors only", () => {
    expect(alarmOfPino('{"level":30,"msg":"request"}')).toBeNull();
    expect(alarmOfPino('{"level":40,"msg":"slow"}')).toBe("slow");
    expect(alarmOfPino('{"level":50,"msg":"broken","stack":"…"}')).toBe("broken");
  });

  it.each(["plain text", "{not json", '{"ready":true}', "[1]", ""])("has nothing to say about %j", (line) => {
    expect(alarmOfPino(line)).toBeNull();
  });

  it("never lets a message steer the terminal", () => {
    expect(alarmOfPino(JSON.stringify({ level: 50, msg: "a\u001b[2Jb\nc" }))).toBe("a [2Jb c");
  });
});

describe("saysReady", () => {
  it("takes the ready line with whatever else it says", () => {
    expect(saysReady('{"ready":true,"port":1}')).toBe(true);
    expect(saysReady('{"ready":false}')).toBe(false);
    expect(saysReady("ready")).toBe(false);
  });
});

describe("explainingLine", () => {
  it("prefers the line that names the error over the stack below it", () => {
    const lines = ["    throw new X();", "ConfigError: PORT is wrong", "    at main (file:1)", "Node.js v24.21.0"];
    expect(explainingLine(lines)).toBe("ConfigError: PORT is wrong");
  });

  it("finds the panic of a Go program above its stacks", () => {
    const lines = ["panic: no such table", "", "goroutine 1 [running]:", "main.main()", "\t/root/main.go:18 +0x96"];
    expect(explainingLine(lines)).toBe("panic: no such table");
  });

  it("takes the message out of a log line", () => {
    expect(explainingLine(['{"level":50,"msg":"Error: no route"}', "", "bye"])).toBe("Error: no route");
  });

  it("takes the last line where none names an error", () => {
    expect(explainingLine(["one", "two", ""])).toBe("two");
    expect(explainingLine([])).toBe("it said nothing");
  });
});
