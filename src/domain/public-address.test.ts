import { describe, expect, it } from "vitest";
import { mayCall, networkOf } from "./public-address.ts";

describe("an address that others ask us to call", () => {
  it.each([
    ["this host", "0.0.0.0", "0.1.2.3"],
    ["loopback", "127.0.0.1", "127.255.255.254", "::1", "::"],
    ["private", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
    ["private IPv6", "fc00::1", "fd00:ec2::254", "fec0::1"],
    ["link-local, where clouds tell credentials", "169.254.169.254", "169.254.170.2", "fe80::1"],
    ["shared between carriers, and a cloud's", "100.64.0.1", "100.100.100.200", "100.127.255.255"],
    ["a cloud's own", "168.63.129.16", "192.0.0.192"],
    ["multicast and broadcast", "224.0.0.1", "239.255.255.255", "255.255.255.255", "ff02::1"],
    ["for documents, tests and nobody", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "240.0.0.1"],
    ["for documents, in IPv6", "2001:db8::1", "3fff::1", "100::1"],
    ["IPv4 within IPv6", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1"],
    ["translated to IPv4", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:1::1", "::ffff:0:127.0.0.1"],
    ["of no range that is given out", "4000::1", "1::1"],
    ["no address", "", "localhost", "example.com", "1.2.3", "010.1.1.1", "0x1.1.1.1", "999.1.1.1"],
  ])("is refused where it is %s", (_, ...addresses) => {
    expect(addresses.filter((address) => mayCall(address, []))).toEqual([]);
  });

  it("is taken where it is public", () => {
    const addresses = ["1.1.1.1", "93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1"];
    expect(addresses.filter((address) => !mayCall(address, []))).toEqual([]);
  });

  it("is taken where its network is allowed, however it is written", () => {
    const allowed = [networkOf("10.1.0.0/16"), networkOf("::1/128")];
    expect(mayCall("10.1.2.3", allowed)).toBe(true);
    expect(mayCall("::ffff:10.1.2.3", allowed)).toBe(true);
    expect(mayCall("::1", allowed)).toBe(true);
    expect(mayCall("10.2.0.1", allowed)).toBe(false);
    expect(mayCall("127.0.0.1", allowed)).toBe(false);
  });
});
