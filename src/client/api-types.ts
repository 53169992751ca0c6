// Made by `npm run client-types` from the OpenAPI document; not edited by hand.
export interface paths {
    "/c/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Record a click, and redirect to the target of the link
         * @description For readers of mails. The first time, its delivery becomes `clicked`. Where it leads is signed: no token that was not made for a link of a mail leads anywhere.
         */
        get: operations["followLink"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/codec/decode": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decrypt payloads
         * @description Payloads in Temporal's JSON form, bytes in base64; at most 4 MB. In development the Web UI's own pages need no key.
         */
        post: operations["decodePayloads"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/codec/encode": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Encrypt payloads
         * @description Payloads in Temporal's JSON form, bytes in base64; at most 4 MB. In development the Web UI's own pages need no key.
         */
        post: operations["encodePayloads"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read this document
         * @description A page without scripts that loads nothing.
         */
        get: operations["getDocsPage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check whether the process is alive
         * @description Restart it if it does not answer.
         */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the metrics of this process
         * @description In the text format of Prometheus, whose `authorization` setting can give the key.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/o/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Record that a mail was opened
         * @description An image of one transparent pixel, for mail programs. The first time, its delivery becomes `opened`.
         */
        get: operations["loadPixel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get this document
         * @description Made from the schemas that check requests.
         */
        get: operations["getOpenApiDocument"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check whether PostgreSQL and Temporal answer
         * @description Send no requests to a process that is not ready.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/u/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what the reader of a mail gets
         * @description A page for people, without scripts. It changes nothing: mail scanners follow links.
         */
        get: operations["getUnsubscribePage"];
        put?: never;
        /**
         * Unsubscribe with one click
         * @description By mail programs (RFC 8058), with `List-Unsubscribe=One-Click`: no more mail of the category. By the page, with its `choice`. Repeatable.
         */
        post: operations["unsubscribeByLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what operators should know
         * @description One entry for as long as a problem lasts, the most recently seen first. For the whole installation.
         */
        get: operations["listAlerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List who changed what
         * @description Newest first, of the whole installation, whichever client's keys were used.
         */
        get: operations["listAuditEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/categories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the categories
         * @description By id.
         */
        get: operations["listCategories"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/categories/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a category */
        get: operations["getCategory"];
        /**
         * Create or replace a category
         * @description What is left out takes its default.
         */
        put: operations["putCategory"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels/{channel}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show whether a channel is paused or limited */
        get: operations["getChannel"];
        /**
         * Pause a channel, or limit its rate
         * @description What is left out is off. What was accepted waits and is not lost; a call that has begun is not interrupted.
         */
        put: operations["putChannel"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what failed for good
         * @description Notifications that are `failed`, `unknown` or `partially_sent`, with their last attempts; the newest first. Those that somebody cancelled are not listed.
         */
        get: operations["listDeadLetters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send dead letters again
         * @description Each is decided again by the current rules, and keeps its identity. What has arrived is not repeated. The answer comes before the first one is sent.
         */
        post: operations["replayDeadLetters"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/replays/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the progress of a replay */
        get: operations["getReplay"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/replays/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a replay
         * @description No body. It then takes up no more notifications; those it has taken up are sent.
         */
        post: operations["cancelReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the API keys
         * @description Those of every client, the oldest first, revoked ones too, without secrets.
         */
        get: operations["listKeys"];
        put?: never;
        /** Create an API key */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{keyId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an API key
         * @description It stays in the list. A revocation counts from the next request on.
         */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List notifications
         * @description The client's own, newest first. One is listed once it is admitted, a moment after the `202`.
         */
        get: operations["listNotifications"];
        put?: never;
        /**
         * Send a notification to a user
         * @description Answered once Temporal holds it. The same body again is the same notification; another body under the same `eventId` is refused. The key needs `send`, or `send:<channel>` for each channel that the request can reach.
         */
        post: operations["sendNotification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/notifications/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a notification and its deliveries */
        get: operations["getNotification"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Move a notification that waits to another time
         * @description Earlier or later; everything is decided again then. `503` where it was accepted and no worker has admitted it yet: ask again.
         */
        patch: operations["rescheduleNotification"];
        trace?: never;
    };
    "/v1/notifications/{id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell that a push has arrived
         * @description Its delivery becomes `delivered`. By the app, without a key: the token that came with the push is the proof. Repeatable.
         */
        post: operations["acknowledgePush"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/notifications/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a notification
         * @description No body. `503` where it was accepted and no worker has admitted it yet: ask again.
         */
        post: operations["cancelNotification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/notifications/{id}/opened": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell that a push was opened
         * @description Its delivery becomes `opened`. By the app, without a key: the token that came with the push is the proof. Repeatable.
         */
        post: operations["reportOpenedPush"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/notifications/{id}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show every step of a notification */
        get: operations["getTimeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/notifications/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask what would become of a request
         * @description By the same rules and with the same refusals. Nothing is sent and nothing is stored.
         */
        post: operations["explainNotification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show which providers are paused or limited, and which work */
        get: operations["listProviders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/providers/{provider}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show whether a provider is paused or limited, and whether it works */
        get: operations["getProvider"];
        /**
         * Pause a provider, or limit its rate
         * @description What is left out is off. Another provider of the channel takes over from one that is paused; a rate only delays.
         */
        put: operations["putProvider"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what waits, and who works
         * @description As Temporal counts it: approximately.
         */
        get: operations["listQueues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the settings */
        get: operations["getSettings"];
        /**
         * Replace the settings
         * @description What is left out takes its default.
         */
        put: operations["putSettings"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count what was sent, and what became of it
         * @description By day in UTC, kept as it happens and current in every answer. `notifications` are requests, all others are deliveries: each counts once in every measure that it comes to, on the day on which it does.
         */
        get: operations["getStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suppressions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List suppressed addresses, or ask for one
         * @description Newest first. With `address` the list has one entry where that is suppressed, else none.
         */
        get: operations["listSuppressions"];
        /**
         * Suppress an address
         * @description Nothing is sent to it from here on, mandatory categories included. Again replaces reason and source.
         */
        put: operations["putSuppression"];
        post?: never;
        /** Let an address be sent to again */
        delete: operations["deleteSuppression"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suppressions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Let an address of the list be sent to again */
        delete: operations["deleteSuppressionById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/templates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the templates
         * @description By id, without their texts.
         */
        get: operations["listTemplates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/templates/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a template */
        get: operations["getTemplate"];
        /**
         * Create a template, or a new version of it
         * @description Liquid, by locale and channel. Always a new version, which new notifications take.
         */
        put: operations["putTemplate"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/templates/{id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Render a template
         * @description What each channel would say. Nothing is sent or stored.
         */
        post: operations["previewTemplate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/templates/{id}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore the texts of an old version
         * @description As a new version.
         */
        post: operations["rollBackTemplate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a user */
        get: operations["getUser"];
        /**
         * Create or replace a user
         * @description What is left out is cleared.
         */
        put: operations["putUser"];
        post?: never;
        /**
         * Erase a user
         * @description With attributes, contacts, preferences and topics, and the variables of notifications to them. What is still to be sent to them is not. Past notifications stay, with the user ID, and suppressions as hashes.
         */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{userId}/contacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a user's contacts
         * @description In the order of registration.
         */
        get: operations["listContacts"];
        put?: never;
        /**
         * Register an address or a device
         * @description An app may call it at each start: the same address again is the same contact, seen again. A device token belongs to one user; registered for another one it moves there. A user has at most 100 devices, of which the one seen longest ago makes room for a new one, and 100 other addresses.
         */
        post: operations["registerContact"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{userId}/contacts/{contactId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a contact */
        delete: operations["deleteContact"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{userId}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export what is stored about a user
         * @description As one document, however large, without the texts and variables of notifications. It shows those of every client, hence the scope.
         */
        get: operations["exportUser"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{userId}/preferences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a user's preferences
         * @description A user who never chose has the defaults.
         */
        get: operations["getPreferences"];
        /**
         * Replace a user's preferences
         * @description What is left out takes its default.
         */
        put: operations["putPreferences"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{userId}/topics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the topics that a user is subscribed to
         * @description By name.
         */
        get: operations["listTopics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{userId}/topics/{topic}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Subscribe a user to a topic
         * @description A topic exists as long as somebody is subscribed to it. A user has at most 1,000.
         */
        put: operations["subscribe"];
        post?: never;
        /** End a user's subscription to a topic */
        delete: operations["unsubscribe"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the endpoints
         * @description The caller's own, the oldest first, without secrets.
         */
        get: operations["listWebhookEndpoints"];
        put?: never;
        /**
         * Create a webhook endpoint
         * @description Events of the caller's own notifications, signed by Standard Webhooks. At most 10 endpoints.
         */
        post: operations["createWebhookEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an endpoint */
        get: operations["getWebhookEndpoint"];
        put?: never;
        post?: never;
        /**
         * Delete an endpoint
         * @description What is on its way to it is not sent any more, but for calls under way.
         */
        delete: operations["deleteWebhookEndpoint"];
        options?: never;
        head?: never;
        /**
         * Change, disable or enable an endpoint
         * @description What is not named stays. What happens while it is disabled is not queued; a replay brings it.
         */
        patch: operations["changeWebhookEndpoint"];
        trace?: never;
    };
    "/v1/webhook-endpoints/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what became of events at an endpoint
         * @description What was queued last comes first.
         */
        get: operations["listWebhookDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send events again
         * @description What the endpoint has not got, or all, of the types it asks for now; the oldest first, with the same ids; at most 10000 at once.
         */
        post: operations["replayWebhookEvents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{id}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate the secret of an endpoint
         * @description No body. Messages are signed with both for 24 hours, and then with the new one only.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test
         * @description No body. An event `endpoint.test` to this endpoint, tried as any other.
         */
        post: operations["testWebhookEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/{provider}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Receive what became of messages
         * @description For providers: the form or JSON that each of them sends, with its own signature instead of a key. Each event has one effect, however often and in whatever order it is told. One that belongs to no message that is known is kept until it does.
         */
        post: operations["receiveWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AcceptedNotification: {
            eventId: string;
            /** @description The id of a notification of the caller's client */
            id: string;
            links: {
                /** Format: uri */
                self: string;
                /**
                 * Format: uri
                 * @description The workflow in Temporal's Web UI, where its address is known
                 */
                temporal?: string;
                /** Format: uri */
                timeline: string;
            };
            /**
             * @description `forgotten`: a repeat, after retention has deleted what became of it
             * @enum {string}
             */
            status: "accepted" | "scheduled" | "held" | "sending" | "sent" | "partially_sent" | "failed" | "suppressed" | "cancelled" | "expired" | "unknown" | "forgotten";
            workflowId: string;
        };
        AcknowledgePushBody: {
            /** @description `notificationToken` of the push */
            token: string;
        };
        Alert: {
            count: number;
            /** @description Codes and numbers of the last occurrence */
            detail: {
                [key: string]: unknown;
            };
            /** Format: date-time */
            firstSeen: string;
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "provider_needs_mending" | "provider_down" | "dead_letters" | "workflows_lost" | "sms_cap_near" | "sms_cap_reached" | "receipts_missing" | "endpoint_disabled";
            /** Format: date-time */
            lastSeen: string;
            /** @description When the webhook was last called */
            notifiedAt: string | null;
            /** @description Null while it lasts */
            recoveredAt: string | null;
            /** @description What it is about: a provider, a client, the service */
            subject: string;
        };
        AlertPage: {
            items: components["schemas"]["Alert"][];
            /** @description For the next page; null on the last one */
            nextCursor: string | null;
        };
        Alive: {
            /** @constant */
            status: "ok";
        };
        AuditEvent: {
            /** @enum {string} */
            action: "suppression.created" | "suppression.changed" | "suppression.deleted" | "key.created" | "key.changed" | "key.revoked" | "channel.changed" | "provider.changed" | "settings.changed" | "category.changed" | "template.changed" | "template.rolled_back" | "user.erased" | "dead_letters.replayed" | "dead_letters.replay_cancelled" | "webhook_endpoint.created" | "webhook_endpoint.changed" | "webhook_endpoint.deleted" | "payload_key.retired";
            /** @description `key:<id>`, `link:<kind>`, `provider:<id>` or `database:<role>/<program>` */
            actor: string;
            /** Format: date-time */
            at: string;
            /** @description Whose key it was; null where it was none */
            client: string | null;
            /** @description What changed, `before` and `after` */
            detail: {
                [key: string]: unknown;
            };
            /** Format: uuid */
            id: string;
            subject: {
                id: string;
                type: string;
            };
        };
        AuditEventPage: {
            items: components["schemas"]["AuditEvent"][];
            /** @description For the next page; null on the last one */
            nextCursor: string | null;
        };
        CancelResult: {
            /**
             * @description `cancelled`: no provider was called and none will be, also where it was over already, as `status` says. `too_late`: an attempt had begun
             * @enum {string}
             */
            result: "cancelled" | "too_late";
            /** @enum {string} */
            status: "accepted" | "scheduled" | "held" | "sending" | "sent" | "partially_sent" | "failed" | "suppressed" | "cancelled" | "expired" | "unknown";
            /** @description What had not begun, and was stopped all the same */
            stopped: {
                /** @enum {string} */
                channel: "push" | "apns" | "fcm" | "sms" | "email";
                /** Format: uuid */
                deliveryId: string;
            }[];
        };
        Category: {
            channels: ("push" | "apns" | "fcm" | "sms" | "email")[];
            /** Format: date-time */
            createdAt: string;
            dedupWithin: string | null;
            expiresAfter: string | null;
            /** @enum {string} */
            guarantee: "at_least_once" | "at_most_once";
            id: string;
            limits: {
                /**
                 * @description Only of those that reach it there
                 * @enum {string}
                 */
                channel?: "push" | "apns" | "fcm" | "sms" | "email";
                max: number;
                /** @description Of any interval of this length, at most `31d` */
                per: string;
            }[];
            mandatory: boolean;
            /** @enum {string} */
            onLimit: "drop" | "defer";
            /** @enum {string} */
            priority: "high" | "normal" | "low";
            quietHours: ("hold" | "ignore") | {
                /** @description On which they begin; left out: every day */
                days?: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
                from: string;
                to: string;
            };
            tracking: {
                clicks: boolean;
                opens: boolean;
            };
            /** Format: date-time */
            updatedAt: string;
        };
        CategoryPage: {
            items: components["schemas"]["Category"][];
            /** @description For the next page; null on the last one */
            nextCursor: string | null;
        };
        ChangeWebhookEndpointBody: {
            enabled?: boolean;
            eventTypes?: ("*" | "notification.*" | "delivery.*" | "notification.sent" | "notification.partially_sent" | "notification.failed" | "notification.suppressed" | "notification.cancelled" | "notification.expired" | "notification.unknown" | "delivery.sent" | "delivery.delivered" | "delivery.opened" | "delivery.clicked" | "delivery.failed" | "delivery.bounced" | "delivery.complained" | "delivery.suppressed" | "delivery.cancelled" | "delivery.expired" | "delivery.unknown")[];
            /** @description Https; its host must have public addresses only */
            url?: string;
        };
        Channel: {
            /** @enum {string} */
            channel: "apns" | "fcm" | "sms" | "email";
            paused: boolean;
            /** @description For all workers together; null: no limit */
            ratePerSecond: number | null;
        };
        Contact: {
            /** @description False: the address was found dead, and nothing is sent to it */
            active: boolean;
            /** @description As it is kept and sent to */
            address: string;
            app: string | null;
            /** @enum {string} */
            channel: "apns" | "fcm" | "sms" | "email";
            /** @description Of a phone number, by ISO 3166-1, where it has one */
            country: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: uuid */
            id: string;
            /**
             * Format: date-time
             * @description When it was last registered
             */
            lastSeenAt: string;
            primary: boolean;
        };
        ContactPage: {
            items: components["schemas"]["Contact"][];
            /** @description For the next page; null on the last one */
            nextCursor: string | null;
        };
        CreateKeyBody: {
            /** @description The calling service; made where it does not exist. Default: the caller's own */
            client?: string;
            expiresAt?: string | null;
            /** @description What the key is for; shown in lists */
            name: string;
            /** @description Of this key, over all processes of the API; null: none */
            requestLimit?: {
                max: number;
                /** @description An interval begins with its first request; at most `24h` */
                per: string;
            } | null;
            scopes: ("send" | "send:push" | "send:apns" | "send:fcm" | "send:sms" | "send:email" | "metrics" | "read" | "manage" | "admin")[];
        };
        CreateWebhookEndpointBody: {
            /**
             * @description What it is told; default: everything
             * @default [
             *       "*"
             *     ]
             */
            eventTypes?: ("*" | "notification.*" | "delivery.*" | "notification.sent" | "notification.partially_sent" | "notification.failed" | "notification.suppressed" | "notification.cancelled" | "notification.expired" | "notification.unknown" | "delivery.sent" | "delivery.delivered" | "delivery.opened" | "delivery.clicked" | "delivery.failed" | "delivery.bounced" | "delivery.complained" | "delivery.suppressed" | "delivery.cancelled" | "delivery.expired" | "delivery.unknown")[];
            /** @description Https; its host must have public addresses only */
            url: string;
        };
        DeadLetter: {
            category: string;
            /** Format: date-time */
            createdAt: string;
            deliveries: {
                attempts: number;
                /** @enum {string} */
                channel: "push" | "apns" | "fcm" | "sms" | "email";
                /** Format: uuid */
                id: string;
                /** @description The last ten, the newest last */
                lastAttempts: {
                    /** Format: date-time */
                    at: string;
                    /** @description The provider's own, or ours where it gave none */
                    code: string | null;
                    number: number;
                    /** @description `permanent`, `throttled`, `transient`, `unknown` or `sent` */
                    outcome: string | null;
                    provider: string;
                }[];
                possibleDuplicate: boolean;
                reason: string | null;
                /** @enum {string} */
                status: "pending" | "sending" | "sent" | "delivered" | "opened" | "clicked" | "failed" | "bounced" | "complained" | "suppressed" | "cancelled" | "expired" | "unknown";
            }[];
            eventId: string;
            /** Format: date-time */
            failedAt: string;
            /** @description The id of a notification of the caller's client */
            id: string;
            /** @description Of the first delivery that failed */
            reason: string | null;
            /** @enum {string} */
            status: "failed" | "unknown" | "partially_sent";
            template: {
                id: string;
                version: number;
            };
            user: string | null;
            workflowId: string;
        };
        DeadLetterPage: {
            items: components["schemas"]["DeadLetter"][];
            /** @description For the next page; null on the last one */
            nextCursor: string | null;
        };
        DecodePayloadsBody: {
            payloads: {
                /** @default  */
                data?: string;
                /** @default {} */
                metadata?: {
                    [key: string]: string;
                };
            }[];
        };
        DeleteSuppressionBody: {
            /** @description email address such as mina@example.com */
            address: string;
            /** @constant */
            channel: "email";
            /** @description Why, for the audit; a word, such as `owner-asked` */
            reason?: string;
        } | {
            /** @description phone number with its country code, such as +821012345678 */
            address: string;
            /** @constant */
            channel: "sms";
            /** @description Why, for the audit; a word, such as `owner-asked` */
            reason?: string;
        } | {
            /** @description device token in hexadecimal */
            address: string;
            /** @constant */
            channel: "apns";
            /** @description Why, for the audit; a word, such as `owner-asked` */
            reason?: string;
        } | {
            /** @description registration token: 1 to 2000 visible ASCII characters */
            address: string;
            /** @constant */
            channel: "fcm";
            /** @description Why, for the audit; a word, such as `owner-asked` */
            reason?: string;
        };
        Delivery: {
            attempts: number;
            /** @enum {string} */
            channel: "push" | "apns" | "fcm" | "sms" | "email";
            clickedAt: string | null;
            deliveredAt: string | null;
            /** Format: uuid */
            id: string;
            openedAt: string | null;
            /** @description An earlier attempt may have arrived too */
            possibleDuplicate: boolean;
            provider: string | null;
            providerMessageId: string | null;
            /** @description Why it was skipped, or did not arrive */
            reason: string | null;
            /** @description Of an SMS that was tried: how many it is split into */
            segments: number | null;
            sentAt: string | null;
            /** @enum {string} */
            status: "pending" | "sending" | "sent" | "delivered" | "opened" | "clicked" | "failed" | "bounced" | "complained" | "suppressed" | "cancelled" | "expired" | "unknown";
        };
        EncodePayloadsBody: {
            payloads: {
                /** @default  */
                data?: string;
                /** @default {} */
                metadata?: {
                    [key: string]: string;
                };
            }[];
        };
        ExplainNotificationBody: {
            /** @description The ID of a category */
            category: string;
            /** @description Narrows the category's channels; `push` stands for `apns` and `fcm` */
            channels?: ("push" | "apns" | "fcm" | "sms" | "email")[];
            /**
             * @description Variables of the template; the user's attributes are there as `user.<name>`
             * @default {}
             */
            data?: {
                [key: string]: unknown;
            };
            /** @description Unique per client, for good; at most 200 bytes of UTF-8; no personal data. May come in the header instead */
            eventId?: string;
            /**
             * Format: date-time
             * @description Not after this time; else the category's `expiresAfter` counts
             */
            expiresAt?: string;
            /** @description Of the texts; else the user's, else the template's default */
            locale?: string;
            /**
             * @description Else the category's
             * @enum {string}
             */
            priority?: "high" | "normal" | "low";
            /**
             * Format: date-time
             * @description Not before this time, within 366 days from now
             */
            sendAt?: string;
            /** @description The ID of a template; its current version is taken and kept, also over a wait */
            template: string;
            to: {
                /** @enum {string} */
                contacts?: "primary" | "all";
                /** @description At most 200 bytes of UTF-8; no personal data */
                userId: string;
            } | {
                /** @description email address such as mina@example.com */
                email: string;
            } | {
                /** @description phone number with its country code, such as +821012345678 */
                phone: string;
            } | {
                /** @description The app's bundle or package id */
                app?: string | null;
                /** @constant */
                channel: "apns";
                /** @description device token in hexadecimal */
                deviceToken: string;
            } | {
                /** @description The app's bundle or package id */
                app?: string | null;
                /** @constant */
                channel: "fcm";
                /** @description registration token: 1 to 2000 visible ASCII characters */
                deviceToken: string;
            };
        };
        Explanation: {
            channels: {
                /** @enum {string} */
                channel: "push" | "apns" | "fcm" | "sms" | "email";
                /** @description Null: skipped, or the request brought the address */
                contactId: string | null;
                /** @description As it would be read */
                content: ({
                    body: string;
                    data: {
                        [key: string]: string;
                    };
                    title: string;
                } | {
                    /**
                     * @description One character outside of GSM-7 makes it UCS-2
                     * @enum {string}
                     */
                    encoding: "GSM-7" | "UCS-2";
                    /** @description Messages that it is split into */
                    segments: number;
                    text: string;
                } | {
                    html: string | null;
                    subject: string;
                    text: string;
                }) | null;
                /** @enum {string} */
                decision: "send" | "skip";
                /** @description Whose turn it would be; null: skipped, or none is ready */
                provider: string | null;
                reason: ("cancelled" | "expired" | "no_template" | "suppressed" | "no_contact" | "country_not_allowed" | "opted_out" | "duplicate" | "quiet_hours" | "rate_limited" | "sms_cap_reached" | "no_provider") | null;
                /** @description Where none is ready: it is accepted all the same, and waits */
                waitsFor: ("channel_paused" | "providers_paused" | "providers_failing") | null;
            }[];
            expiresAt: string | null;
            /** @enum {string} */
            outcome: "send" | "scheduled" | "held" | "suppressed" | "expired";
            /** @description The rule that decided on the whole; null where it is sent, or was asked for later */
            reason: ("cancelled" | "expired" | "no_template" | "suppressed" | "no_contact" | "country_not_allowed" | "opted_out" | "duplicate" | "quiet_hours" | "rate_limited" | "sms_cap_reached" | "no_provider") | null;
            template: {
                id: string;
                version: number;
            };
            /** @description When it would be sent, where that is not now */
            until: string | null;
        };
        ExportedNotification: {
            category: string;
            /** @description Who has sent it */
            client: string;
            /** Format: date-time */
            createdAt: string;
            deliveries: {
                /** @enum {string} */
                channel: "push" | "apns" | "fcm" | "sms" | "email";
                clickedAt: string | null;
                contactId: string | null;
                deliveredAt: string | null;
                /** Format: uuid */
                id: string;
                openedAt: string | null;
                provider: string | null;
                reason: string | null;
                sentAt: string | null;
                /** @enum {string} */
                status: "pending" | "sending" | "sent" | "delivered" | "opened" | "clicked" | "failed" | "bounced" | "complained" | "suppressed" | "cancelled" | "expired" | "unknown";
            }[];
            eventId: string;
            finishedAt: string | null;
            /** @description The id of a notification of the caller's client */
            id: string;
            locale: string | null;
            reason: string | null;
            /** @enum {string} */
            status: "accepted" | "scheduled" | "held" | "sending" | "sent" | "partially_sent" | "failed" | "suppressed" | "cancelled" | "expired" | "unknown";
            template: {
                id: string;
                version: number;
            };
            user: string;
        };
        Key: {
            appKey: string;
            client: string;
            /** Format: date-time */
            createdAt: string;
            expiresAt: string | null;
            /** Format: uuid */
            id: string;
            name: string;
            requestLimit: {
                max: number;
                /** @description An interval begins with its first request; at most `24h` */
                per: string;
            } | null;
            revokedAt: string | null;
            scopes: string[];
        };
        KeyPage: {
            items: components["schemas"]["Key"][];
            /** @description For the next page; null on the last one */
            nextCursor: string | null;
        };
        NewKey: {
            appKey: string;
            /** @description Shown only this once */
            appSecret: string;
            client: string;
            /** Format: date-time */
            createdAt: string;
            expiresAt: string | null;
            /** Format: uuid */
            id: string;
            name: string;
            requestLimit: {
                max: number;
                /** @description An interval begins with its first request; at most `24h` */
                per: string;
            } | null;
            revokedAt: string | null;
            scopes: string[];
        };
        Notification: {
            category: string | null;
            /** Format: date-time */
            createdAt: string;
            deliveries: components["schemas"]["Delivery"][];
            eventId: string;
            expiresAt: string | null;
            /** @description The id of a notification of the caller's client */
            id: string;
            /** @description Why nothing was sent */
            reason: string | null;
            scheduledFor: string | null;
            /** @enum {string} */
            status: "accepted" | "scheduled" | "held" | "sending" | "sent" | "partially_sent" | "failed" | "suppressed" | "cancelled" | "expired" | "unknown";
            template: {
                id: string;
                version: number;
            };
            user: string | null;
            workflowId: string;
        };
        NotificationPage: {
            items: components["schemas"]["Notification"][];
            /** @description For the next page; null on the last one */
            nextCursor: string | null;
        };
        Payloads: {
            payloads: {
                data: string;
                metadata: {
                    [key: string]: string;
                };
            }[];
        };
        Preferences: {
            all: boolean;
            categories: {
                [key: string]: {
                    [key: string]: boolean;
                };
            };
            quietHours: {
                /** @description On which they begin; left out: every day */
                days?: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
                from: string;
                to: string;
            } | null;
            /** @description Null: the user never chose */
            updatedAt: string | null;
        };
        PreviewTemplateBody: {
            /** @default {} */
            data?: {
                [key: string]: unknown;
            };
            /** @description Default: the user's, else the template's default */
            locale?: string;
            /** @description Whose attributes fill in `user` */
            userId?: string;
            /** @description Default: the current one */
            version?: number;
        };
        /** @description What every error looks like (RFC 9457). Some codes have further members. */
        Problem: {
            /**
             * @description Stable: branch on it, not on the texts
             * @enum {string}
             */
            code: "invalid_request" | "unauthenticated" | "invalid_signature" | "missing_scope" | "not_found" | "user_not_found" | "category_not_found" | "template_not_found" | "event_id_conflict" | "limit_reached" | "endpoint_disabled" | "too_late" | "body_too_large" | "unsupported_media_type" | "missing_variable" | "template_invalid" | "send_at_in_past" | "invalid_timezone" | "rate_limited" | "internal" | "unavailable";
            /** @description What is wrong this time */
            detail?: string;
            /** @description The fields that are to blame, such as `to.userId`; some codes say more of each */
            errors?: ({
                field: string;
                message: string;
            } & {
                [key: string]: unknown;
            })[];
            /** @description As in the header `X-Request-Id` */
            requestId?: string;
            status: number;
            title: string;
            /** @description `urn:tidings:problem:<code>` */
            type: string;
        };
        Provider: {
            /** @description Whether it works, as all workers together see it */
            breaker: {
                /** @description Open: when it is tried again, at the earliest */
                probeAt: string | null;
                /** @description Null: it was never open */
                since: string | null;
                /**
                 * @description Open: it takes no attempts; probing: one is finding out whether it works again
                 * @enum {string}
                 */
                state: "closed" | "open" | "probing";
            };
            /** @description Those it is configured for; none: it is off */
            channels: string[];
            paused: boolean;
            provider: string;
            /** @description For all workers together; null: no limit */
            ratePerSecond: number | null;
        };
        Providers: {
            items: components["schemas"]["Provider"][];
        };
        PutCategoryBody: {
            /** @description In the order in which they are reported */
            channels: ("push" | "apns" | "fcm" | "sms" | "email")[];
            /** @description The same content to the same recipient within this time is a duplicate; null: never */
            dedupWithin?: string | null;
            /** @description After this the notification is no longer wanted, such as `24h`; null: never */
            expiresAfter?: string | null;
            /**
             * @description What follows when nobody knows whether a message was taken
             * @default at_least_once
             * @enum {string}
             */
            guarantee?: "at_least_once" | "at_most_once";
            /**
             * @description Of notifications to one user, whatever their channels; none: as many as are asked for
             * @default []
             */
            limits?: {
                /**
                 * @description Only of those that reach it there
                 * @enum {string}
                 */
                channel?: "push" | "apns" | "fcm" | "sms" | "email";
                max: number;
                /** @description Of any interval of this length, at most `31d` */
                per: string;
            }[];
            /**
             * @description Overrides the user's switches, never a suppression
             * @default false
             */
            mandatory?: boolean;
            /**
             * @description What becomes of one that finds no room: it is not sent, or waits for the earliest free time
             * @default drop
             * @enum {string}
             */
            onLimit?: "drop" | "defer";
            /**
             * @default normal
             * @enum {string}
             */
            priority?: "high" | "normal" | "low";
            /**
             * @description Hold in the user's quiet hours, never hold, or hold in these hours instead
             * @default hold
             */
            quietHours?: ("hold" | "ignore") | {
                /** @description On which they begin; left out: every day */
                days?: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
                from: string;
                to: string;
            };
            /**
             * @description In HTML of mails: a pixel that tells of opening, and links that lead past us
             * @default {
             *       "opens": false,
             *       "clicks": false
             *     }
             */
            tracking?: {
                /** @default false */
                clicks?: boolean;
                /** @default false */
                opens?: boolean;
            };
        };
        PutChannelBody: {
            /** @default false */
            paused?: boolean;
            /**
             * @description For all workers together; null: no limit
             * @default null
             */
            ratePerSecond?: number | null;
        };
        PutPreferencesBody: {
            /**
             * @description False: nothing but mandatory categories
             * @default true
             */
            all?: boolean;
            /**
             * @description Per category, the channels that are switched on or off; what is not named is on
             * @default {}
             */
            categories?: {
                [key: string]: {
                    [key: string]: boolean;
                };
            };
            /** @description In the user's own time zone; null: those of the settings */
            quietHours?: {
                /** @description On which they begin; left out: every day */
                days?: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
                from: string;
                to: string;
            } | null;
        };
        PutProviderBody: {
            /** @default false */
            paused?: boolean;
            /**
             * @description For all workers together; null: no limit
             * @default null
             */
            ratePerSecond?: number | null;
        };
        PutSettingsBody: {
            /**
             * @description Of all notifications to one user, whatever their categories
             * @default []
             */
            limits?: {
                /**
                 * @description Only of those that reach it there
                 * @enum {string}
                 */
                channel?: "push" | "apns" | "fcm" | "sms" | "email";
                max: number;
                /** @description Of any interval of this length, at most `31d` */
                per: string;
            }[];
            /** @description Of users who have none of their own, in their own time zone */
            quietHours?: {
                /** @description On which they begin; left out: every day */
                days?: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
                from: string;
                to: string;
            } | null;
            /** @description Where SMS may go to, by ISO 3166-1; null: everywhere in development, nowhere in production */
            smsCountries?: string[] | null;
            /** @description Segments of SMS that each client may send on a day in UTC; null: any number */
            smsDailyCap?: number | null;
            /**
             * @description The same of single clients, which goes before
             * @default {}
             */
            smsDailyCaps?: {
                [key: string]: number | null;
            };
        };
        PutSuppressionBody: {
            /** @description email address such as mina@example.com */
            address: string;
            /** @constant */
            channel: "email";
            /**
             * @description Such as `complained`, `bounced`, `unsubscribed`
             * @default manual
             */
            reason?: string;
            /**
             * @description Who says so, such as `support-desk`
             * @default api
             */
            source?: string;
        } | {
            /** @description phone number with its country code, such as +821012345678 */
            address: string;
            /** @constant */
            channel: "sms";
            /**
             * @description Such as `complained`, `bounced`, `unsubscribed`
             * @default manual
             */
            reason?: string;
            /**
             * @description Who says so, such as `support-desk`
             * @default api
             */
            source?: string;
        } | {
            /** @description device token in hexadecimal */
            address: string;
            /** @constant */
            channel: "apns";
            /**
             * @description Such as `complained`, `bounced`, `unsubscribed`
             * @default manual
             */
            reason?: string;
            /**
             * @description Who says so, such as `support-desk`
             * @default api
             */
            source?: string;
        } | {
            /** @description registration token: 1 to 2000 visible ASCII characters */
            address: string;
            /** @constant */
            channel: "fcm";
            /**
             * @description Such as `complained`, `bounced`, `unsubscribed`
             * @default manual
             */
            reason?: string;
            /**
             * @description Who says so, such as `support-desk`
             * @default api
             */
            source?: string;
        };
        PutTemplateBody: {
            locales: {
                [key: string]: {
                    email?: {
                        html?: string;
                        subject: string;
                        text: string;
                    };
                    push?: {
                        body: string;
                        title: string;
                    };
                    sms?: {
                        text: string;
                    };
                };
            };
        };
        PutUserBody: {
            /**
             * @description Variables for templates; at most 100 of them and 32768 bytes of JSON
             * @default {}
             */
            attributes?: {
                [key: string]: unknown;
            };
            /** @description A language tag such as `ko-KR` */
            locale?: string | null;
            /** @description A name of the IANA database, such as `Asia/Seoul` */
            timezone?: string | null;
        };
        Queue: {
            /** @description Tasks per second, of late */
            addRate: number;
            /** @description Tasks that wait */
            backlog: number;
            backlogAgeSeconds: number;
            /** @description Null: the queue of the workflows */
            channel: ("apns" | "fcm" | "sms" | "email") | null;
            dispatchRate: number;
            paused: boolean;
            queue: string;
            /** @description For all workers together; null: no limit */
            ratePerSecond: number | null;
            /** @description Processes that ask for work */
            workers: number;
        };
        QueuedEvents: {
            /** @description Where there are more: ask again with this as `since` */
            continueFrom: string | null;
            queued: number;
        };
        QueuedTest: {
            /** @description The header `webhook-id` that it comes with */
            webhookId: string;
        };
        Queues: {
            items: components["schemas"]["Queue"][];
        };
        Readiness: {
            /** @description The configured providers; a channel without one is off */
            channels: {
                [key: string]: string[];
            };
            dependencies: {
                [key: string]: {
                    /** @description How long the answer took */
                    ms: number;
                    /** @enum {string} */
                    status: "ok" | "unavailable" | "timeout";
                };
            };
            /** @enum {string} */
            status: "ready" | "unavailable";
            /** @description Settings of this process that are accepted but are probably a mistake, a sentence each; absent where there is none */
            warnings?: string[];
        };
        /** @description As the provider documents it */
        ReceiveWebhookBody: unknown;
        RegisterContactBody: {
            /** @description email address such as mina@example.com */
            address: string;
            /** @constant */
            channel: "email";
            /** @description Null: as it was; a new contact is then not primary */
            primary?: boolean | null;
        } | {
            /** @description phone number with its country code, such as +821012345678 */
            address: string;
            /** @constant */
            channel: "sms";
            /** @description Null: as it was; a new contact is then not primary */
            primary?: boolean | null;
        } | {
            /** @description device token in hexadecimal */
            address: string;
            /** @description The app's bundle or package id */
            app?: string | null;
            /** @constant */
            channel: "apns";
        } | {
            /** @description registration token: 1 to 2000 visible ASCII characters */
            address: string;
            /** @description The app's bundle or package id */
            app?: string | null;
            /** @constant */
            channel: "fcm";
        };
        Replay: {
            acceptDuplicate: boolean;
            counts: {
                /** @description Null until all are found; of a cancelled replay, what it has left as it was */
                pending: number | null;
                refused: number;
                replayed: number;
            };
            /** Format: date-time */
            createdAt: string;
            expiresAt: string | null;
            finishedAt: string | null;
            /**
             * Format: uuid
             * @description The id of a replay
             */
            id: string;
            ratePerSecond: number;
            /** @description A hundred of them at most */
            refused: {
                /** @description The id of a notification of the caller's client */
                id: string;
                /** @enum {string} */
                reason: "not_found" | "already_replayed" | "not_final" | "cancelled" | "delivered" | "not_failed" | "content_gone" | "accept_duplicate_needed" | "nothing_to_repeat" | "expired";
            }[];
            refusedBy: {
                [key: string]: number;
            };
            /** @description What was asked for; of ids, how many */
            selection: {
                [key: string]: unknown;
            };
            /** @enum {string} */
            status: "running" | "finished" | "cancelled";
        };
        ReplayDeadLettersBody: {
            /**
             * @description Also what may have arrived, of categories that promise at most once
             * @default false
             */
            acceptDuplicate?: boolean;
            /**
             * @description All current ones
             * @constant
             */
            all?: true;
            /** @description Whose, for keys of scope `admin`; else the caller's own */
            client?: string;
            /**
             * Format: date-time
             * @description Not after this time, whatever the requests said
             */
            expiresAt?: string;
            /** @description Those that match, of the current ones */
            filter?: {
                category?: string;
                /**
                 * @description A delivery on it failed; `push` stands for `apns` and `fcm`
                 * @enum {string}
                 */
                channel?: "push" | "apns" | "fcm" | "sms" | "email";
                /**
                 * Format: date-time
                 * @description Failed at this time or later
                 */
                from?: string;
                /** @description As the list shows it, e.g. `retries_exhausted` */
                reason?: string;
                /**
                 * Format: date-time
                 * @description Failed before this time
                 */
                to?: string;
            };
            /** @description These notifications, at most 1000 */
            ids?: string[];
            /** @default 10 */
            ratePerSecond?: number;
        };
        ReplayWebhookEventsBody: {
            /**
             * @description Also what was delivered
             * @default false
             */
            all?: boolean;
            /** Format: date-time */
            since: string;
            /**
             * Format: date-time
             * @description Before this time; default: now
             */
            until?: string;
        };
        ReportOpenedPushBody: {
            /** @description `notificationToken` of the push */
            token: string;
        };
        RescheduleNotificationBody: {
            /** Format: date-time */
            sendAt: string;
        };
        RollBackTemplateBody: {
            /** @description Whose texts become current again; default: the one before the current */
            version?: number;
        };
        SendNotificationBody: {
            /** @description The ID of a category */
            category: string;
            /** @description Narrows the category's channels; `push` stands for `apns` and `fcm` */
            channels?: ("push" | "apns" | "fcm" | "sms" | "email")[];
            /**
             * @description Variables of the template; the user's attributes are there as `user.<name>`
             * @default {}
             */
            data?: {
                [key: string]: unknown;
            };
            /** @description Unique per client, for good; at most 200 bytes of UTF-8; no personal data. May come in the header instead */
            eventId?: string;
            /**
             * Format: date-time
             * @description Not after this time; else the category's `expiresAfter` counts
             */
            expiresAt?: string;
            /** @description Of the texts; else the user's, else the template's default */
            locale?: string;
            /**
             * @description Else the category's
             * @enum {string}
             */
            priority?: "high" | "normal" | "low";
            /**
             * Format: date-time
             * @description Not before this time, within 366 days from now
             */
            sendAt?: string;
            /** @description The ID of a template; its current version is taken and kept, also over a wait */
            template: string;
            to: {
                /** @enum {string} */
                contacts?: "primary" | "all";
                /** @description At most 200 bytes of UTF-8; no personal data */
                userId: string;
            } | {
                /** @description email address such as mina@example.com */
                email: string;
            } | {
                /** @description phone number with its country code, such as +821012345678 */
                phone: string;
            } | {
                /** @description The app's bundle or package id */
                app?: string | null;
                /** @constant */
                channel: "apns";
                /** @description device token in hexadecimal */
                deviceToken: string;
            } | {
                /** @description The app's bundle or package id */
                app?: string | null;
                /** @constant */
                channel: "fcm";
                /** @description registration token: 1 to 2000 visible ASCII characters */
                deviceToken: string;
            };
        };
        Settings: {
            limits: {
                /**
                 * @description Only of those that reach it there
                 * @enum {string}
                 */
                channel?: "push" | "apns" | "fcm" | "sms" | "email";
                max: number;
                /** @description Of any interval of this length, at most `31d` */
                per: string;
            }[];
            quietHours: {
                /** @description On which they begin; left out: every day */
                days?: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
                from: string;
                to: string;
            } | null;
            smsCountries: string[] | null;
            smsDailyCap: number | null;
            smsDailyCaps: {
                [key: string]: number | null;
            };
        };
        Stats: {
            by: ("day" | "category" | "template" | "channel" | "provider" | "reason")[];
            /** Format: date */
            from: string;
            /** @description In the order of `by`; what has no count is left out */
            items: {
                bounced: number;
                category?: string;
                channel?: ("push" | "apns" | "fcm" | "sms" | "email") | null;
                clicked: number;
                complained: number;
                created: number;
                /** Format: date */
                day?: string;
                delivered: number;
                failed: number;
                notifications: number;
                opened: number;
                provider?: string | null;
                reason?: string | null;
                segments: number;
                sent: number;
                suppressed: number;
                template?: {
                    id: string;
                    version: number;
                };
                unknown: number;
            }[];
            /** @description Segments of SMS used today (UTC), of these clients as far as they have a cap */
            smsCaps: {
                cap: number;
                client: string;
                /** Format: date */
                day: string;
                used: number;
            }[];
            /** Format: date */
            to: string;
        };
        SubscribeBody: Record<string, never>;
        Subscription: {
            /** Format: date-time */
            subscribedAt: string;
            /** @description The name of a topic */
            topic: string;
        };
        SubscriptionPage: {
            items: components["schemas"]["Subscription"][];
            /** @description For the next page; null on the last one */
            nextCursor: string | null;
        };
        Suppression: {
            /** @description Null unless a contact has it: only a hash is kept */
            address: string | null;
            /** @enum {string} */
            channel: "apns" | "fcm" | "sms" | "email";
            /** Format: date-time */
            createdAt: string;
            /** @description As lists show it */
            id: string;
            reason: string;
            source: string;
        };
        SuppressionPage: {
            items: components["schemas"]["Suppression"][];
            /** @description For the next page; null on the last one */
            nextCursor: string | null;
        };
        Template: {
            /**
             * Format: date-time
             * @description Of the template
             */
            createdAt: string;
            /** @description The one that new notifications take */
            currentVersion: number;
            id: string;
            locales: {
                [key: string]: {
                    email?: {
                        html?: string;
                        subject: string;
                        text: string;
                    };
                    push?: {
                        body: string;
                        title: string;
                    };
                    sms?: {
                        text: string;
                    };
                };
            };
            /**
             * Format: date-time
             * @description Of this version
             */
            updatedAt: string;
            version: number;
        };
        TemplatePreview: {
            channels: {
                email?: {
                    html: string | null;
                    /** @description Where the text was found */
                    locale: string;
                    subject: string;
                    text: string;
                };
                push?: {
                    body: string;
                    data: {
                        [key: string]: string;
                    };
                    /** @description Where the text was found */
                    locale: string;
                    title: string;
                };
                sms?: {
                    /**
                     * @description One character outside of GSM-7 makes it UCS-2
                     * @enum {string}
                     */
                    encoding: "GSM-7" | "UCS-2";
                    /** @description Where the text was found */
                    locale: string;
                    /** @description Messages that it is split into */
                    segments: number;
                    text: string;
                };
            };
            id: string;
            locale: string | null;
            version: number;
        };
        TemplateSummary: {
            /** Format: date-time */
            createdAt: string;
            id: string;
            /** Format: date-time */
            updatedAt: string;
            version: number;
        };
        TemplateSummaryPage: {
            items: components["schemas"]["TemplateSummary"][];
            /** @description For the next page; null on the last one */
            nextCursor: string | null;
        };
        Timeline: {
            items: {
                /** Format: date-time */
                at: string;
                channel: string | null;
                deliveryId: string | null;
                detail: {
                    [key: string]: unknown;
                };
                /** @description What happened, such as `attempt_closed` */
                type: string;
            }[];
        };
        UnsubscribeByLinkBody: {
            /** @enum {string} */
            choice?: "category:off" | "category:on" | "all:off" | "all:on";
            /** @constant */
            "List-Unsubscribe"?: "One-Click";
        } & {
            [key: string]: unknown;
        };
        User: {
            attributes: {
                [key: string]: unknown;
            };
            /** Format: date-time */
            createdAt: string;
            id: string;
            locale: string | null;
            timezone: string | null;
            /** Format: date-time */
            updatedAt: string;
        };
        UserExport: {
            contacts: components["schemas"]["Contact"][];
            /** Format: date-time */
            exportedAt: string;
            /** @description Without their content, newest first */
            notifications: components["schemas"]["ExportedNotification"][];
            preferences: components["schemas"]["Preferences"] | null;
            /** @description Those of the contacts */
            suppressions: components["schemas"]["Suppression"][];
            topics: components["schemas"]["Subscription"][];
            /** @description Null: erased; what is left follows */
            user: components["schemas"]["User"] | null;
        };
        WebhookDelivery: {
            attempts: number;
            deliveredAt: string | null;
            /** @description Of the notification; null of a test */
            eventId: string | null;
            lastAt: string | null;
            /** @description The status of the last answer, or why there was none */
            lastCode: string | null;
            /** @description When it is tried next, or again where a call is under way */
            nextAt: string | null;
            /** Format: date-time */
            occurredAt: string;
            /** Format: date-time */
            queuedAt: string;
            /** @enum {string} */
            status: "pending" | "delivered" | "failed";
            type: string;
            /** @description The header `webhook-id`, the same with each attempt */
            webhookId: string;
        };
        WebhookDeliveryPage: {
            items: components["schemas"]["WebhookDelivery"][];
            /** @description For the next page; null on the last one */
            nextCursor: string | null;
        };
        WebhookEndpoint: {
            /** Format: date-time */
            createdAt: string;
            disabledAt: string | null;
            /** @description `failing`: every call failed for five days; `gone`: it answered 410 */
            disabledReason: ("by_request" | "failing" | "gone") | null;
            enabled: boolean;
            eventTypes: ("*" | "notification.*" | "delivery.*" | "notification.sent" | "notification.partially_sent" | "notification.failed" | "notification.suppressed" | "notification.cancelled" | "notification.expired" | "notification.unknown" | "delivery.sent" | "delivery.delivered" | "delivery.opened" | "delivery.clicked" | "delivery.failed" | "delivery.bounced" | "delivery.complained" | "delivery.suppressed" | "delivery.cancelled" | "delivery.expired" | "delivery.unknown")[];
            /** @description Since when every call has failed; null where one worked */
            failingSince: string | null;
            /** Format: uuid */
            id: string;
            url: string;
        };
        WebhookEndpointPage: {
            items: components["schemas"]["WebhookEndpoint"][];
            /** @description For the next page; null on the last one */
            nextCursor: string | null;
        };
        WebhookEndpointWithSecret: {
            /** Format: date-time */
            createdAt: string;
            disabledAt: string | null;
            /** @description `failing`: every call failed for five days; `gone`: it answered 410 */
            disabledReason: ("by_request" | "failing" | "gone") | null;
            enabled: boolean;
            eventTypes: ("*" | "notification.*" | "delivery.*" | "notification.sent" | "notification.partially_sent" | "notification.failed" | "notification.suppressed" | "notification.cancelled" | "notification.expired" | "notification.unknown" | "delivery.sent" | "delivery.delivered" | "delivery.opened" | "delivery.clicked" | "delivery.failed" | "delivery.bounced" | "delivery.complained" | "delivery.suppressed" | "delivery.cancelled" | "delivery.expired" | "delivery.unknown")[];
            /** @description Since when every call has failed; null where one worked */
            failingSince: string | null;
            /** Format: uuid */
            id: string;
            /** @description Verifies signatures; shown only this once */
            secret: string;
            url: string;
        };
    };
    responses: {
        /** @description `body_too_large`: The body is too large. `detail` names the limit in bytes. */
        BodyTooLarge: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "body_too_large";
                    /** @constant */
                    status?: 413;
                };
            };
        };
        /** @description `category_not_found`: There is no such category. Create the category first, with PUT. */
        CategoryNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "category_not_found";
                    /** @constant */
                    status?: 404;
                };
            };
        };
        /** @description `endpoint_disabled`: The endpoint is disabled. Enable it first, with PATCH. */
        EndpointDisabled: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "endpoint_disabled";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description `event_id_conflict`: The event ID was used for another request. A repeat must have the same body. */
        EventIdConflict: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "event_id_conflict";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description `internal`: Something went wrong here. Report the `requestId`. */
        Internal: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "internal";
                    /** @constant */
                    status?: 500;
                };
            };
        };
        /** @description `invalid_request`: The request is not valid. `errors` names each field and why. */
        InvalidRequest: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "invalid_request";
                    /** @constant */
                    status?: 400;
                };
            };
        };
        /** @description `invalid_signature`: The signature is not valid. The signature of a provider's webhook is missing, wrong or out of date, or no key is configured to check it. */
        InvalidSignature: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "invalid_signature";
                    /** @constant */
                    status?: 403;
                };
            };
        };
        /** @description `invalid_timezone`: There is no such time zone. Use a name of the IANA database, such as `Asia/Seoul`. */
        InvalidTimezone: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "invalid_timezone";
                    /** @constant */
                    status?: 422;
                };
            };
        };
        /** @description `limit_reached`: The limit has been reached. `detail` names it. Delete what is no longer needed. */
        LimitReached: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "limit_reached";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description `missing_scope`: The key may not do this. `detail` names the scope that is needed. */
        MissingScope: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "missing_scope";
                    /** @constant */
                    status?: 403;
                };
            };
        };
        /**
         * @description `missing_variable`: The template needs more variables. `errors` names each one.
         *
         *     `template_invalid`: The template is not valid. `errors` names part, line and column.
         */
        MissingVariableOrTemplateInvalid: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "missing_variable" | "template_invalid";
                    /** @constant */
                    status?: 422;
                };
            };
        };
        /**
         * @description `missing_variable`: The template needs more variables. `errors` names each one.
         *
         *     `template_invalid`: The template is not valid. `errors` names part, line and column.
         *
         *     `send_at_in_past`: The time is in the past. Leave `sendAt` out to send at once.
         */
        MissingVariableOrTemplateInvalidOrSendAtInPast: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "missing_variable" | "template_invalid" | "send_at_in_past";
                    /** @constant */
                    status?: 422;
                };
            };
        };
        /** @description `not_found`: Not found. Also where the path does not support the method. */
        NotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "not_found";
                    /** @constant */
                    status?: 404;
                };
            };
        };
        /** @description `rate_limited`: Too many requests. Try again after `Retry-After` seconds. */
        RateLimited: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "rate_limited";
                    /** @constant */
                    status?: 429;
                };
            };
        };
        /** @description `send_at_in_past`: The time is in the past. Leave `sendAt` out to send at once. */
        SendAtInPast: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "send_at_in_past";
                    /** @constant */
                    status?: 422;
                };
            };
        };
        /** @description `template_invalid`: The template is not valid. `errors` names part, line and column. */
        TemplateInvalid: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "template_invalid";
                    /** @constant */
                    status?: 422;
                };
            };
        };
        /** @description `template_not_found`: There is no such template. Also where the template has no such version. */
        TemplateNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "template_not_found";
                    /** @constant */
                    status?: 404;
                };
            };
        };
        /** @description `too_late`: The notification is no longer waiting. It is being sent or has ended, so its time cannot be moved. Nothing was changed. */
        TooLate: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "too_late";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description `unauthenticated`: No valid API key. The key is missing, unknown, revoked or expired. */
        Unauthenticated: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "unauthenticated";
                    /** @constant */
                    status?: 401;
                };
            };
        };
        /** @description `unavailable`: Temporarily unavailable. Try again after `Retry-After` seconds. A request with an event ID, PUT and DELETE are safe to repeat; before repeating any other POST, check whether it took effect. */
        Unavailable: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "unavailable";
                    /** @constant */
                    status?: 503;
                };
            };
        };
        /** @description `unsupported_media_type`: The body must be JSON. Send `Content-Type: application/json`, in UTF-8. */
        UnsupportedMediaType: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "unsupported_media_type";
                    /** @constant */
                    status?: 415;
                };
            };
        };
        /** @description `user_not_found`: There is no such user. Create the user first, with PUT. */
        UserNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "user_not_found";
                    /** @constant */
                    status?: 404;
                };
            };
        };
        /**
         * @description `user_not_found`: There is no such user. Create the user first, with PUT.
         *
         *     `category_not_found`: There is no such category. Create the category first, with PUT.
         *
         *     `template_not_found`: There is no such template. Also where the template has no such version.
         */
        UserNotFoundOrCategoryNotFoundOrTemplateNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "user_not_found" | "category_not_found" | "template_not_found";
                    /** @constant */
                    status?: 404;
                };
            };
        };
        /**
         * @description `user_not_found`: There is no such user. Create the user first, with PUT.
         *
         *     `template_not_found`: There is no such template. Also where the template has no such version.
         */
        UserNotFoundOrTemplateNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "user_not_found" | "template_not_found";
                    /** @constant */
                    status?: 404;
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description `"key";r=<requests left>;t=<seconds until there are more>`, where the key has a limit. */
        RateLimit: string;
        /** @description `"key";q=<requests>;w=<seconds>`, where the key has a limit. */
        "RateLimit-Policy": string;
        /** @description Seconds to wait before the same request is sent again. */
        "Retry-After": number;
        /** @description `Bearer`, with a realm. */
        "WWW-Authenticate": string;
        /** @description The caller's own `X-Request-Id`, or one made here. It is in the log and in every problem. */
        "X-Request-Id": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    followLink: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description From the mail */
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A redirect to it, even where the click could not be stored. */
            302: {
                headers: {
                    /** @description What the mail linked to */
                    Location: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            /** @description The token is not valid: a page that says so. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            500: components["responses"]["Internal"];
        };
    };
    decodePayloads: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecodePayloadsBody"];
            };
        };
        responses: {
            /** @description The same payloads, translated. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Payloads"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    encodePayloads: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EncodePayloadsBody"];
            };
        };
        responses: {
            /** @description The same payloads, translated. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Payloads"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getDocsPage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of HTML. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            500: components["responses"]["Internal"];
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alive"];
                };
            };
            500: components["responses"]["Internal"];
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The metrics. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    loadPixel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description From the mail */
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The image, even where the open could not be stored. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "image/gif": string;
                };
            };
            400: components["responses"]["InvalidRequest"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Internal"];
        };
    };
    getOpenApiDocument: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An OpenAPI 3.1 document. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        info: {
                            [key: string]: unknown;
                        };
                        openapi: string;
                        paths: {
                            [key: string]: unknown;
                        };
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            500: components["responses"]["Internal"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Both do. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            500: components["responses"]["Internal"];
            /** @description One does not. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
        };
    };
    getUnsubscribePage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description From the mail */
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description The token is none. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    unsubscribeByLink: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description From the mail */
                token: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["UnsubscribeByLinkBody"];
                "multipart/form-data": components["schemas"]["UnsubscribeByLinkBody"];
            };
        };
        responses: {
            /** @description Done; the page shows how things are now. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description The token is none. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listAlerts: {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before */
                cursor?: string;
                kind?: "provider_needs_mending" | "provider_down" | "dead_letters" | "workflows_lost" | "sms_cap_near" | "sms_cap_reached" | "receipts_missing" | "endpoint_disabled";
                /** @description Entries on a page, at most */
                limit?: number;
                /** @description Only those that are open (`true`), or only those that are over (`false`) */
                open?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listAuditEvents: {
        parameters: {
            query?: {
                action?: "suppression.created" | "suppression.changed" | "suppression.deleted" | "key.created" | "key.changed" | "key.revoked" | "channel.changed" | "provider.changed" | "settings.changed" | "category.changed" | "template.changed" | "template.rolled_back" | "user.erased" | "dead_letters.replayed" | "dead_letters.replay_cancelled" | "webhook_endpoint.created" | "webhook_endpoint.changed" | "webhook_endpoint.deleted" | "payload_key.retired";
                /** @description As events name it, such as `key:01a2040f-9e20-74cb-8bd9-3f64defd24df` */
                actor?: string;
                /** @description Whose key it was */
                client?: string;
                /** @description The `nextCursor` of the page before */
                cursor?: string;
                /** @description At this time or later */
                from?: string;
                /** @description Entries on a page, at most */
                limit?: number;
                /** @description A type, such as `provider`, or one of it, such as `provider:smtp` */
                subject?: string;
                /** @description Before this time */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of it. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEventPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listCategories: {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before */
                cursor?: string;
                /** @description Entries on a page, at most */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CategoryPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getCategory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The category. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Category"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["CategoryNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    putCategory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutCategoryBody"];
            };
        };
        responses: {
            /** @description Replaced. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Category"];
                };
            };
            /** @description Created. */
            201: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Category"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getChannel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description apns, fcm, sms, email */
                channel: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The channel. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    putChannel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description apns, fcm, sms, email */
                channel: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutChannelBody"];
            };
        };
        responses: {
            /** @description The channel. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listDeadLetters: {
        parameters: {
            query?: {
                category?: string;
                /** @description A delivery on it failed; `push` stands for `apns` and `fcm` */
                channel?: "push" | "apns" | "fcm" | "sms" | "email";
                /** @description Whose, for keys of scope `admin`; else the caller's own */
                client?: string;
                /** @description The `nextCursor` of the page before */
                cursor?: string;
                /** @description Failed at this time or later */
                from?: string;
                /** @description Entries on a page, at most */
                limit?: number;
                /** @description As the list shows it, e.g. `retries_exhausted` */
                reason?: string;
                /** @description Failed before this time */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    replayDeadLetters: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplayDeadLettersBody"];
            };
        };
        responses: {
            /** @description Accepted: from here on it is not lost. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getReplay: {
        parameters: {
            query?: {
                /** @description Whose, for keys of scope `admin`; else the caller's own */
                client?: string;
            };
            header?: never;
            path: {
                /** @description The id of a replay */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The replay. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    cancelReplay: {
        parameters: {
            query?: {
                /** @description Whose, for keys of scope `admin`; else the caller's own */
                client?: string;
            };
            header?: never;
            path: {
                /** @description The id of a replay */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The replay as it ended. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listKeys: {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before */
                cursor?: string;
                /** @description Entries on a page, at most */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateKeyBody"];
            };
        };
        responses: {
            /** @description Created. Its secret is shown only this once. */
            201: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewKey"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                keyId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key is no longer valid. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listNotifications: {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before */
                cursor?: string;
                eventId?: string;
                /** @description Entries on a page, at most */
                limit?: number;
                status?: "accepted" | "scheduled" | "held" | "sending" | "sent" | "partially_sent" | "failed" | "suppressed" | "cancelled" | "expired" | "unknown";
                user?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    sendNotification: {
        parameters: {
            query?: never;
            header?: {
                /** @description Stands in for an `eventId` that the body leaves out */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SendNotificationBody"];
            };
        };
        responses: {
            /** @description A repeat: the same notification, with its current status. */
            200: {
                headers: {
                    /** @description `true` */
                    "Idempotent-Replayed": string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcceptedNotification"];
                };
            };
            /** @description Accepted: from here on it is not lost. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcceptedNotification"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["UserNotFoundOrCategoryNotFoundOrTemplateNotFound"];
            409: components["responses"]["EventIdConflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["MissingVariableOrTemplateInvalidOrSendAtInPast"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getNotification: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a notification of the caller's client */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The notification. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Notification"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    rescheduleNotification: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a notification of the caller's client */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RescheduleNotificationBody"];
            };
        };
        responses: {
            /** @description The notification, with its new time. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Notification"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["TooLate"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["SendAtInPast"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    acknowledgePush: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `notificationId` of the push */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcknowledgePushBody"];
            };
        };
        responses: {
            /** @description Recorded. */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    cancelNotification: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a notification of the caller's client */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the cancel could still do. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CancelResult"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    reportOpenedPush: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `notificationId` of the push */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReportOpenedPushBody"];
            };
        };
        responses: {
            /** @description Recorded. */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getTimeline: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a notification of the caller's client */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The steps, in order. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Timeline"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    explainNotification: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExplainNotificationBody"];
            };
        };
        responses: {
            /** @description What would become of it now. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["UserNotFoundOrCategoryNotFoundOrTemplateNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["MissingVariableOrTemplateInvalidOrSendAtInPast"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listProviders: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every provider that there is. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Providers"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getProvider: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A provider's id */
                provider: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The provider. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Provider"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    putProvider: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A provider's id */
                provider: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutProviderBody"];
            };
        };
        responses: {
            /** @description The provider. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Provider"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listQueues: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every queue. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queues"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What holds for everybody. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    putSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutSettingsBody"];
            };
        };
        responses: {
            /** @description Replaced. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getStats: {
        parameters: {
            query: {
                /** @description What the counts are broken down by, separated by commas: `day`, `category`, `template`, `channel`, `provider`, `reason` */
                by?: string;
                /** @description Another client, or `*` for all of them; for the scope `admin`. Default: the caller's own */
                client?: string | "*";
                /** @description The first day, in UTC */
                from: string;
                /** @description The last day; at most 366 with the first */
                to: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The counts. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stats"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listSuppressions: {
        parameters: {
            query?: {
                /** @description Only this one, in any spelling; needs `channel` */
                address?: string;
                channel?: "apns" | "fcm" | "sms" | "email";
                /** @description The `nextCursor` of the page before */
                cursor?: string;
                /** @description Entries on a page, at most */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuppressionPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    putSuppression: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutSuppressionBody"];
            };
        };
        responses: {
            /** @description It was suppressed before. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Suppression"];
                };
            };
            /** @description Suppressed. */
            201: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Suppression"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteSuppression: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeleteSuppressionBody"];
            };
        };
        responses: {
            /** @description It is not suppressed any more. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteSuppressionById: {
        parameters: {
            query?: {
                /** @description Why, for the audit; a word, such as `owner-asked` */
                reason?: string;
            };
            header?: never;
            path: {
                /** @description As lists show it */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is not suppressed any more. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listTemplates: {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before */
                cursor?: string;
                /** @description Entries on a page, at most */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TemplateSummaryPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getTemplate: {
        parameters: {
            query?: {
                /** @description Default: the current one */
                version?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The version that was asked for. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Template"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["TemplateNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    putTemplate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutTemplateBody"];
            };
        };
        responses: {
            /** @description A new version. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Template"];
                };
            };
            /** @description A new template. */
            201: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Template"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["TemplateInvalid"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    previewTemplate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PreviewTemplateBody"];
            };
        };
        responses: {
            /** @description The texts. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TemplatePreview"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["UserNotFoundOrTemplateNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["MissingVariableOrTemplateInvalid"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    rollBackTemplate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RollBackTemplateBody"];
            };
        };
        responses: {
            /** @description The new version. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Template"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["TemplateNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description At most 200 bytes of UTF-8; no personal data */
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["UserNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    putUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description At most 200 bytes of UTF-8; no personal data */
                userId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutUserBody"];
            };
        };
        responses: {
            /** @description Replaced. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Created. */
            201: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidTimezone"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description At most 200 bytes of UTF-8; no personal data */
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user no longer exists. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listContacts: {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before */
                cursor?: string;
                /** @description Entries on a page, at most */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description At most 200 bytes of UTF-8; no personal data */
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["UserNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    registerContact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description At most 200 bytes of UTF-8; no personal data */
                userId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegisterContactBody"];
            };
        };
        responses: {
            /** @description It was registered before. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
            /** @description Registered. */
            201: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["UserNotFound"];
            409: components["responses"]["LimitReached"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteContact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                contactId: string;
                /** @description At most 200 bytes of UTF-8; no personal data */
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user no longer has this contact. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    exportUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description At most 200 bytes of UTF-8; no personal data */
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The document. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserExport"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["UserNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getPreferences: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description At most 200 bytes of UTF-8; no personal data */
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The preferences. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preferences"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["UserNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    putPreferences: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description At most 200 bytes of UTF-8; no personal data */
                userId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutPreferencesBody"];
            };
        };
        responses: {
            /** @description Replaced. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preferences"];
                };
            };
            /** @description Stored for the first time. */
            201: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preferences"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["UserNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listTopics: {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before */
                cursor?: string;
                /** @description Entries on a page, at most */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description At most 200 bytes of UTF-8; no personal data */
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["UserNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    subscribe: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of a topic */
                topic: string;
                /** @description At most 200 bytes of UTF-8; no personal data */
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SubscribeBody"];
            };
        };
        responses: {
            /** @description The user was subscribed before. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscription"];
                };
            };
            /** @description Subscribed. */
            201: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscription"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["UserNotFound"];
            409: components["responses"]["LimitReached"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    unsubscribe: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of a topic */
                topic: string;
                /** @description At most 200 bytes of UTF-8; no personal data */
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user is no longer subscribed to it. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listWebhookEndpoints: {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before */
                cursor?: string;
                /** @description Entries on a page, at most */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookEndpointPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    createWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateWebhookEndpointBody"];
            };
        };
        responses: {
            /** @description Created. Its secret is shown only this once. */
            201: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookEndpointWithSecret"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            409: components["responses"]["LimitReached"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    getWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoint. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookEndpoint"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoint no longer exists. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    changeWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeWebhookEndpointBody"];
            };
        };
        responses: {
            /** @description The endpoint as it is now. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookEndpoint"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    listWebhookDeliveries: {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before */
                cursor?: string;
                /** @description Entries on a page, at most */
                limit?: number;
                status?: "pending" | "delivered" | "failed";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDeliveryPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    replayWebhookEvents: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplayWebhookEventsBody"];
            };
        };
        responses: {
            /** @description Queued. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueuedEvents"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["EndpointDisabled"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoint with its new secret, which is shown only this once. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookEndpointWithSecret"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    testWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Queued. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueuedTest"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["MissingScope"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["EndpointDisabled"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    receiveWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                provider: "twilio" | "vonage" | "sendgrid" | "mailchimp";
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReceiveWebhookBody"];
                "application/x-www-form-urlencoded": components["schemas"]["ReceiveWebhookBody"];
            };
        };
        responses: {
            /** @description Stored; the provider need not repeat it. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            403: components["responses"]["InvalidSignature"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
}
