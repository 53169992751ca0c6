import { makeApp } from "../../src/api/app.ts";

type Layer = { route?: { path: string; methods: Record<string, boolean> }; handle: { stack?: Layer[] } };

/** Every route that the API mounts, as `GET /v1/things/:id`, sorted. */
export function mountedRoutes(): string[] {
  const dependencies = { healthChecks: {}, publicUrl: "http://127.0.0.1:3000" };
  return routesOf(makeApp(dependencies as unknown as Parameters<typeof makeApp>[0]).router).toSorted();
}

/** Express keeps them where its types do not show it. */
function routesOf(router: unknown): string[] {
  return (router as { stack: Layer[] }).stack.flatMap(({ route, handle }) => {
    if (route === undefined) return handle.stack === undefined ? [] : routesOf(handle);
    return Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`);
  });
}
