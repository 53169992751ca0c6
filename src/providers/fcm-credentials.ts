import { type Credential, cert } from "firebase-admin/app";
import type { ProviderSettings } from "../config.ts";
import { readSettingsFile } from "./settings-file.ts";

type FcmSettings = NonNullable<ProviderSettings["fcm"]>;

/** Stand-ins check neither; a project is part of the path of every request. */
const STAND_IN = { projectId: "tidings", accessToken: "stand-in" };

/**
 * How requests are signed, and the project they are for: by a service account key of Google's, or by nothing where a
 * stand-in is called (https://firebase.google.com/docs/cloud-messaging/auth-server).
 * @throws Error in one sentence, without anything of the key in it
 */
export function credentialsOf(settings: FcmSettings): { credential: Credential; projectId: string } {
  if (settings.credentialsFile !== null) {
    const account = readServiceAccount(settings.credentialsFile);
    return { credential: certOf(account), projectId: settings.projectId ?? account.project_id };
  }
  if (settings.baseUrl === null) throw new Error("FCM_CREDENTIALS_FILE is needed to send push messages through FCM.");
  return {
    credential: {
      getAccessToken: () => Promise.resolve({ access_token: STAND_IN.accessToken, expires_in: 3_600 }),
    },
    projectId: settings.projectId ?? STAND_IN.projectId,
  };
}

function readServiceAccount(file: string): { project_id: string } {
  const text = readSettingsFile("FCM_CREDENTIALS_FILE", file);
  let account: unknown;
  try {
    account = JSON.parse(text);
  } catch {
    // The parser's message quotes the file, which holds a private key.
    throw new Error(`FCM_CREDENTIALS_FILE is not JSON: ${file}`);
  }
  const projectId = (account as { project_id?: unknown } | null)?.project_id;
  if (typeof projectId !== "string") throw new Error(`FCM_CREDENTIALS_FILE is no service account key: ${file}`);
  return account as { project_id: string };
}

function certOf(account: object): Credential {
  try {
    return cert(account);
  } catch {
    // The SDK's message may quote the key.
    throw new Error(
      "FCM_CREDENTIALS_FILE holds no usable service account key: make a new one in the Firebase console.",
    );
  }
}
