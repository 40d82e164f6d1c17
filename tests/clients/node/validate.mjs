// Has Shopify's own client check deliveries, as an app would. Reads {secret, deliveries: [{how, method, url, headers,
// body (base64)}]} from standard input and writes what the client makes of each. `how`: webhook or fulfillmentService.
import '@shopify/shopify-api/adapters/node';
import {ApiVersion, shopifyApi} from '@shopify/shopify-api';
import {text} from 'node:stream/consumers';

const {secret, deliveries} = JSON.parse(await text(process.stdin));
const shopify = shopifyApi({
  apiKey: 'crossdock',
  apiSecretKey: secret,
  apiVersion: ApiVersion.July26,
  hostName: 'app.example.com',
  isEmbeddedApp: false,
  logger: {level: 0, log: () => {}},
});

const verdicts = [];
for (const {how, method, url, headers, body} of deliveries) {
  const given = {rawBody: Buffer.from(body, 'base64').toString('utf8'), rawRequest: {method, url, headers}, rawResponse: {}};
  verdicts.push(
    how === 'webhook' ? await shopify.webhooks.validate(given) : await shopify.fulfillmentService.validate(given),
  );
}
console.log(JSON.stringify(verdicts));
