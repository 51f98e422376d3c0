// An OpenID Connect provider for tests, on loopback, with the login and consent pages of its own development mode.
//
//   node peer.mjs --port 9400 '{"clients": [...], "accounts": {"karin": {"email": "...", "groups": [...]}}}'
//
// It prints one JSON line when it listens. Whoever signs in with a login that is no account gets claims made from it.
// POST /control/rotate gives it new keys; POST /control/accounts replaces what it knows of people.

import { createServer } from "node:http";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import Provider from "oidc-provider";

const port = Number(process.argv[process.argv.indexOf("--port") + 1]);
const given = JSON.parse(process.argv.at(-1));
const issuer = `http://127.0.0.1:${port}`;
let accounts = given.accounts ?? {};

const newKeys = () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { keys: [{ ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg: "RS256" }] };
};

const claimsOf = (login) => ({
  sub: login,
  name: login,
  preferred_username: login,
  email: `${login}@elders.example`,
  email_verified: true,
  groups: [],
  ...accounts[login],
});

const makeProvider = () => {
  const provider = new Provider(issuer, {
    clients: given.clients,
    jwks: newKeys(),
    cookies: { keys: ["only-for-tests"] },
    pkce: { required: () => true },
    scopes: ["openid", "profile", "email", "groups"],
    claims: {
      openid: ["sub", "amr", "sid"],
      profile: ["name", "preferred_username"],
      email: ["email", "email_verified"],
      groups: ["groups"],
    },
    features: {
      devInteractions: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      backchannelLogout: { enabled: true },
    },
    // Its own way out goes to public addresses only; here all is on loopback.
    fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
    findAccount: (_context, login) => ({ accountId: login, claims: () => claimsOf(login) }),
  });
  provider.on("server_error", (_context, error) => console.error(error));
  return provider.callback();
};

let answer = makeProvider();

const read = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString() || "{}");
};

createServer(async (request, response) => {
  if (request.url === "/control/rotate") {
    answer = makeProvider();
    response.end("{}");
  } else if (request.url === "/control/accounts") {
    accounts = await read(request);
    response.end("{}");
  } else {
    answer(request, response);
  }
}).listen(port, "127.0.0.1", () => console.log(JSON.stringify({ ready: true, issuer })));
