/**
 * An EHR's SMART authorization server for the tests: oidc-provider, and what SMART adds to OpenID Connect.
 *
 *   node smart_provider.mjs PORT CALLBACK
 *
 * FHIR addresses: /fhir names its keys itself, /short leaves that to /.well-known/openid-configuration.
 * Launches: "launch-alex" names the patient "child-alex", and so on; "launch-self" names none.
 */
import { generateKeyPairSync } from "node:crypto";
import { errors, Provider } from "oidc-provider";

const [port, callback] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const launches = new Map(); // authorization code -> launch

const key = (type, options, alg) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }),
  kid: alg,
  alg,
  use: "sig",
});
const client = { redirect_uris: [callback], grant_types: ["authorization_code"], response_types: ["code"] };

const provider = new Provider(issuer, {
  clients: [
    { ...client, client_id: "public-chat", token_endpoint_auth_method: "none" },
    {
      ...client,
      client_id: "confidential chat",
      client_secret: "a+b/c=d:e%f",
      token_endpoint_auth_method: "client_secret_basic",
      id_token_signed_response_alg: "ES256",
    },
  ],
  jwks: { keys: [key("rsa", { modulusLength: 2048 }, "RS256"), key("ec", { namedCurve: "P-256" }, "ES256")] },
  cookies: { keys: ["only for tests"] },
  scopes: ["openid", "launch", "fhirUser"],
  claims: { openid: ["sub"], fhirUser: ["fhirUser"] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  extraParams: {
    aud(_ctx, value) {
      if (![`${issuer}/fhir`, `${issuer}/short`].includes(value)) throw new errors.InvalidRequest("aud is not this EHR");
    },
    launch(_ctx, value) {
      if (!value?.startsWith("launch-")) throw new errors.InvalidRequest("unknown launch");
    },
  },
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, fhirUser: `${issuer}/fhir/RelatedPerson/${id}` }),
  }),
  features: { devInteractions: { enabled: true } },
  ttl: { AccessToken: 900 },
});

provider.on("server_error", (_ctx, error) => console.error(error));
provider.on("authorization.success", (ctx, { code }) => launches.set(code, ctx.oidc.params.launch));

provider.use(async (ctx, next) => {
  const [, fhir] = /^\/(fhir|short)\/\.well-known\/smart-configuration$/.exec(ctx.path) ?? [];
  if (fhir) {
    ctx.body = {
      issuer,
      ...(fhir === "fhir" ? { jwks_uri: `${issuer}/jwks` } : {}),
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      code_challenge_methods_supported: ["S256"],
      capabilities: ["launch-ehr", "client-public", "client-confidential-symmetric", "context-ehr-patient", "sso-openid-connect"],
    };
    return;
  }
  await next();
  const launch = launches.get(ctx.oidc?.params?.code);
  if (ctx.path === "/token" && ctx.status === 200 && launch !== "launch-self") {
    ctx.body = { ...ctx.body, patient: launch.replace("launch-", "child-") };
  }
});

provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
