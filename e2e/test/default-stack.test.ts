// Last what sends everything to everybody.
import './default-stack/walls-between-services.ts';
import './default-stack/account-api.ts';
import './default-stack/client-examples.ts';
import './default-stack/first-call.ts';
import './default-stack/reference-page.ts';
import './default-stack/every-operation.ts';
