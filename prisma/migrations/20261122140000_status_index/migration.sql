-- `GET /v1/notifications?status=` of a client with many.
CREATE INDEX notifications_client_id_status_id_idx ON notifications (client_id, status, id DESC);
