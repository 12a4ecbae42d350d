// What swagger-parser says of the document in argv: nothing when it is valid.
const SwaggerParser = require('@apidevtools/swagger-parser');

SwaggerParser.validate(process.argv[2]).catch((error) => {
  console.error(String(error));
  process.exitCode = 1;
});
