import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { generate } from "selfsigned";
import { freePort } from "../support/processes.ts";
import { waitFor } from "../support/wait-for.ts";

export const MAIL_DOMAIN = "mail.test";
export const MAIL_LOGIN = { user: "tidings", password: "p@ss: w/rd 100%" };

/** Exim as a mail server in earnest: STARTTLS and a login are demanded, unknown recipients refused, others grey-listed. */
export type Exim = {
  port: number;
  /** The authority (PEM) that signed the server's certificate; no system knows it. */
  caFile: string;
  /** The mailbox's file in the form mbox; empty before the first mail. */
  mailbox: (name: string) => string;
  /** Lets `greylisted@` pass, as a server does once it has seen the same mail before. */
  endGreylisting: () => void;
  /** Its log so far: arrivals `<=`, deliveries `=>`, refusals. */
  log: () => string;
  stop: () => Promise<void>;
};

/** Starts Exim as an ordinary process with everything it has in `directory`, which it must be able to enter. */
export async function startExim(program: string, directory: string, mailboxes: readonly string[]): Promise<Exim> {
  const account = accountFor(program);
  const port = await freePort();
  for (const name of [".", "spool", "log", "mail"]) mkdirSync(join(directory, name), { recursive: true });
  const { caFile } = await writeCertificates(directory);
  writeFileSync(join(directory, "mailboxes"), mailboxes.map((name) => `${name}: ${name}\n`).join(""));
  writeFileSync(join(directory, "exim.conf"), configuration(directory, port));
  if (account !== null) {
    for (const name of [".", "spool", "log", "mail", "server.key"])
      chownSync(join(directory, name), account.uid, account.gid);
  }
  const server = spawn(program, ["-C", join(directory, "exim.conf"), "-bdf"], {
    stdio: ["ignore", "pipe", "pipe"],
    ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
  });
  await answering(server, port);
  const read = (file: string) => (existsSync(join(directory, file)) ? readFileSync(join(directory, file), "utf8") : "");
  return {
    port,
    caFile,
    mailbox: (name) => read(`mail/${name}`),
    endGreylisting: () => writeFileSync(join(directory, "known"), ""),
    log: () => read("log/main.log"),
    stop: async () => {
      server.kill("SIGTERM");
      if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
    },
  };
}

/**
 * Whom root lets it run as, so that it is a plain program whoever runs the tests: Exim's own user, which may start it.
 * Null for anybody but root.
 */
function accountFor(program: string): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const read = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: "utf8" }).trim();
  const name = read(program, "-C", "/dev/null", "-bP", "exim_user").replace(/^exim_user = /, "");
  return { uid: Number(read("id", "-u", name)), gid: Number(read("id", "-g", name)) };
}

async function answering(server: ChildProcess, port: number): Promise<void> {
  let output = "";
  for (const stream of [server.stdout, server.stderr]) stream?.on("data", (chunk: Buffer) => (output += String(chunk)));
  await waitFor("Exim to answer", async () => {
    if (server.exitCode !== null) throw new Error(`Exim ended instead of serving: ${output}`);
    const socket = createConnection({ port, host: "127.0.0.1" });
    const answered = await Promise.race([once(socket, "connect").then(() => true), once(socket, "error")]).catch(
      () => false, // not yet
    );
    socket.destroy();
    return answered === true;
  });
}

async function writeCertificates(directory: string): Promise<{ caFile: string }> {
  const [authority, server] = [join(directory, "authority.pem"), join(directory, "server")];
  const ca = await generate([{ name: "commonName", value: "An authority of our own" }], {
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, critical: true },
    ],
  });
  const leaf = await generate([{ name: "commonName", value: MAIL_DOMAIN }], {
    algorithm: "sha256",
    ca: { key: ca.private, cert: ca.cert },
    extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
  });
  writeFileSync(authority, ca.cert);
  writeFileSync(`${server}.pem`, leaf.cert);
  writeFileSync(`${server}.key`, leaf.private, { mode: 0o600 });
  return { caFile: authority };
}

function configuration(directory: string, port: number): string {
  return `
primary_hostname = ${MAIL_DOMAIN}
spool_directory = ${directory}/spool
log_file_path = ${directory}/log/%s.log
pid_file_path =
daemon_smtp_ports = ${port}
local_interfaces = 127.0.0.1
# What Exim does when it has no right to change its user.
deliver_drop_privilege
keep_environment =
# Whoever runs the tests may start it.
admin_groups = ${process.getgid?.()}
# No questions to the DNS of whoever runs the tests.
host_lookup =
helo_lookup_domains =
rfc1413_hosts =
# No runner of the queue is started, and limits are as Exim has them: of a connection only the first ten mails are
# delivered, and there are 20 connections at most.
log_selector = +tls_cipher +smtp_connection

tls_advertise_hosts = *
tls_certificate = ${directory}/server.pem
tls_privatekey = ${directory}/server.key
# No login before STARTTLS, and no mail before a login.
auth_advertise_hosts = \${if def:tls_in_cipher {*}{}}
acl_smtp_rcpt = rcpt

begin acl
rcpt:
  deny   !authenticated = *
         message = 530 5.7.0 Log in first
  defer  local_parts = greylisted
         condition = \${if !exists{${directory}/known}}
         message = 451 4.7.1 Greylisted, come back later
  deny   !verify = recipient
         message = 550 5.1.1 No mailbox of this name here
  accept

begin routers
mailboxes:
  driver = accept
  domains = ${MAIL_DOMAIN}
  local_parts = lsearch;${directory}/mailboxes
  transport = mailbox

begin transports
mailbox:
  driver = appendfile
  file = ${directory}/mail/$local_part_data
  delivery_date_add
  envelope_to_add
  return_path_add

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = \${if and{{eq{$auth2}{${MAIL_LOGIN.user}}}{eq{$auth3}{${MAIL_LOGIN.password}}}}}
  server_set_id = $auth2
`;
}
