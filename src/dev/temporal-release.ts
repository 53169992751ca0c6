/** The release of the Temporal CLI that Tidings is developed against; its dev server is Temporal 1.29.1. */
export const TEMPORAL_CLI_VERSION = "1.5.1";

export const TEMPORAL_RELEASES_URL = "https://github.com/temporalio/cli/releases/download";

/**
 * SHA-256 of the release's archives, by platform and architecture as Node names them. Each was found alike in at least
 * two independent public package indexes that pin this release. A platform that is missing here is not downloaded.
 */
export const TEMPORAL_CLI_CHECKSUMS: Readonly<Record<string, string>> = {
  "linux-x64": "ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d",
  "linux-arm64": "bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5",
  "darwin-x64": "bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9",
  "darwin-arm64": "cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415",
};

/** The archive's name in the release, for a platform and architecture as Node names them. */
export function archiveName(version: string, platform: string, arch: string): string {
  return `temporal_cli_${version}_${platform}_${arch === "x64" ? "amd64" : arch}.tar.gz`;
}
