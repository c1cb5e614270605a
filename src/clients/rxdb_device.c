/* The name of a device as a UUID, whatever it is called: rxdb_device_id(). */
#include "rxdb_device.h"

#define NAME_MAX_BYTES ((size_t)1024)

void rxdb_device_id(struct text device, char id_out[ID_UUID_LEN + 1])
{
    static const char KIND[] = {'r', 'x', 'd', 'b'};
    char name[NAME_MAX_BYTES];
    const size_t room = sizeof(name) - sizeof(KIND) - 1;
    const size_t len = device.len < room ? device.len : room;

    id_out[0] = '\0';
    if (device.len == 0)
        return;
    memcpy(name, KIND, sizeof(KIND));
    name[sizeof(KIND)] = '\0';
    memcpy(name + sizeof(KIND) + 1, device.ptr, len);
    id_uuid_of((struct text){name, sizeof(KIND) + 1 + len}, id_out);
}
