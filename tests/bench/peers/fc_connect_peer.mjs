// The inventory job with the parser and mapper of fc-connect-sdk: `node fc_connect_peer.mjs csv-ndjson INPUT OUTPUT`.
//
// Installed beside this file by: npm install --no-save --prefix tests/bench/peers @fluentcommerce/fc-connect-sdk@0.1.56

import { createReadStream, createWriteStream } from "node:fs";
import { once } from "node:events";
import { CSVParserService, UniversalMapper } from "@fluentcommerce/fc-connect-sdk";

const LOCATIONS = { MEL: "AU-VIC-1", SYD: "AU-NSW-1", BNE: "AU-QLD-1" };
const sku = (row) => row.SKU.trim().toUpperCase();
const number = (text) => {
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`not an integer: ${text}`);
  return Number.parseInt(text, 10);
};

const mapper = new UniversalMapper(
  {
    fields: {
      ref: { resolver: "ref" },
      sku: { resolver: "sku" },
      location: { source: "Warehouse", resolver: "location" },
      available: { resolver: "available" },
      status: { source: "Qty", resolver: "status" },
      price: { source: "Price", resolver: "price" },
      brand: { source: "Brand", resolver: "upper" },
      name: { source: "Name" },
      bin: { source: "Bin" },
      note: { source: "Note", defaultValue: "" },
    },
  },
  {
    customResolvers: {
      ref: (_, row) => `34:${row.Warehouse}:${sku(row)}`,
      sku: (_, row) => sku(row),
      location: (value) => LOCATIONS[value],
      available: (_, row) => number(row.Qty) - number(row.Reserved || "0"),
      status: (value) => (number(value) > 0 ? "IN_STOCK" : "OUT_OF_STOCK"),
      price: (value) => Number.parseFloat(value),
      upper: (value) => value.toUpperCase(),
    },
  },
);

const [, , , input, output] = process.argv;
const out = createWriteStream(output);
for await (const rows of new CSVParserService().parseStreamStreaming(createReadStream(input), { trim: false }, 1000)) {
  let text = "";
  for (const row of rows) {
    const { success, data, errors } = await mapper.map(row);
    if (!success || errors) throw new Error(String(errors));
    text += `${JSON.stringify(data)}\n`;
  }
  if (!out.write(text)) await once(out, "drain");
}
out.end();
await once(out, "finish");
