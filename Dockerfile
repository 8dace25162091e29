# A worker: this package, built and packed, and a project that uses it, installed without what only a build needs.
# The project is starter/; a team's own image begins at the second stage, with its package.json and lock file.
ARG NODE=node:20.20.2-bookworm-slim

FROM ${NODE} AS package
WORKDIR /package
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm pack --ignore-scripts --pack-destination /packed

FROM ${NODE} AS project
WORKDIR /app
COPY starter/ ./
COPY --from=package /packed/ /packed/
RUN npm pkg delete devDependencies && npm install --omit=dev --no-audit --no-fund /packed/holdpoint-*.tgz

FROM ${NODE}
# Temporal's core reads the system's certificates, which this base leaves out; Temporal Cloud needs them.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=project /app ./
ENV NODE_ENV=production HOLDPOINT_HTTP_HOST=0.0.0.0 HOLDPOINT_HTTP_PORT=9464
EXPOSE 9464
# The files are root's: the worker can't change them.
USER node
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "node_modules/holdpoint/dist/cli/main.js"]
CMD ["worker"]
